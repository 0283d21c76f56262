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
        self.views = {name: objective.place(view, rows) for name, objective in objectives.items()}
        self.bound = {
            name: objective.bind(self.views[name].raw_prediction, rows)
            for name, objective in objectives.items()
        }

    def gradients(self, theta):
        """Return the gradient of every objective at parameters of shape (d,), a dict of (d,)."""
        gradients = {}
        for name, view in self.views.items():
            there = view.at(theta)
            bound = self.bound[name].refresh(there.raw_prediction)
            gradients[name] = there.pull(bound.gradient(there.raw_prediction))
        return gradients

    def rivals(self, name, theta):
        """Return value and gradient in theta of what could become the largest instead of one."""
        view = self.views[name].at(theta)
        raw = view.raw_prediction
        return [
            (bound.counted(raw), view.pull(bound.gradient(raw)))
            for bound in self.bound[name].rivals(raw)
        ]

    def measure(self, theta):
        """Return the value of every objective at parameters of shape (d,), a dict of floats."""
        return {
            name: self.bound[name].measure(view.at(theta).raw_prediction)
            for name, view in self.views.items()
        }
