"""Tree ensembles as linearised views: leaf values along a structure that is held."""
