"""Requests that several benchmarks make, said once."""

# The one shot of arXiv 2505.18783: the smallest weights that reach delta by prediction, the log
# loss guarded to first order.
PAPER = {"n_rounds": 1, "objective": "metric", "guards": ("log_loss",), "surrogate": "probability"}
# Beside direct training, which constrains a gap of probabilities.
FRONT = {
    "n_rounds": 8,
    "objective": "utility",
    "guards": None,
    "surrogate": "probability",
    "bounds": (-1, 5),
}
