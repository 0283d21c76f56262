"""Several objectives together on the same validation rows."""

__all__ = ["Panel"]


class Panel:
    """Objectives bound to validation rows at the fitted classifier.

    Parameters
    ----------
    objectives : dict of str to Objective
        What is measured, by name.
    view : View
        Of the validation rows, at the fitted parameters.
    rows : EvaluationRows
        What the objectives need to know of these rows.
    """

    def __init__(self, objectives, view, rows):
        self.views = {name: objective.place(view) for name, objective in objectives.items()}
        self.bound = {
            name: objective.bind(self.views[name].raw_prediction, rows)
            for name, objective in objectives.items()
        }

    def gradients(self):
        """Return the gradient of every objective in theta, a dict of shape (d,) arrays."""
        return {
            name: view.pull(self.bound[name].gradient(view.raw_prediction))
            for name, view in self.views.items()
        }

    def measure(self, theta):
        """Return the value of every objective at parameters of shape (d,), a dict of floats."""
        return {
            name: self.bound[name].measure(view.at(theta).raw_prediction)
            for name, view in self.views.items()
        }
