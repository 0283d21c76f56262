"""From a request and a fitted classifier to weights, and from weights to parameters."""
