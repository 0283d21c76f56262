"""The stages of a correction, each with its progress."""

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._unlearner import SoftUnlearner
from sk_softunlearn.views import find_head, fit_head, view_type

__all__ = ["correct", "measure_influence", "report_on", "unlearner_for"]


def unlearner_for(task, options, delta):
    """Return the SoftUnlearner that the options describe.

    Parameters
    ----------
    task : Task
        With the model.
    options : Namespace
        What the command line was given.
    delta : float
        Share of the metric that must go.

    Returns
    -------
    soft : SoftUnlearner
        Not fitted.
    """
    if options.layers == "all" and view_type(task.model, "all") is view_type(task.model):
        raise BadInputError(
            f"--layers all is for a network, got {type(find_head(task.model).classifier).__name__}:"
            " leave it out."
        )
    return SoftUnlearner(
        task.model,
        metric=options.metric,
        guards=dict(options.guard) if options.guard else None,
        delta=delta,
        n_rounds=options.rounds,
        objective=options.objective,
        surrogate=options.surrogate,
        min_group_rows=options.min_group,
        correction=options.correction,
        layers=options.layers,
        pos_label=task.label,
        random_state=options.seed,
    )


def measure_influence(task, soft, console):
    """Train the model, unless it comes fitted, and compute the influence of its rows.

    Parameters
    ----------
    task : Task
        Model and rows.
    soft : SoftUnlearner
        Around the model; changed.
    console : Console
        For the progress.

    Returns
    -------
    soft : SoftUnlearner
        The same.
    """
    training, validation = task.training, task.validation
    if not task.fitted:
        with console.stage(f"Training on {len(training.target)} rows"):
            fit_head(task.model, training.features, training.target, training.weights)
    if validation is None and training.weights is not None:
        # Rows that are measured on count once each, as in the report.
        validation = training
    held_out = {}
    if validation is not None:
        held_out = {
            "X_val": validation.features,
            "y_val": validation.target,
            "sensitive_features_val": validation.groups,
        }
    with console.stage("Computing influence"):
        return soft.fit_influence(
            training.features,
            training.target,
            training.weights,
            sensitive_features=training.groups,
            **held_out,
        )


def correct(task, soft, console):
    """Train, weigh and correct.

    Parameters
    ----------
    task : Task
        Model and rows.
    soft : SoftUnlearner
        Around the model; changed.
    console : Console
        For the progress.

    Returns
    -------
    soft : SoftUnlearner
        The same, corrected.
    """
    measure_influence(task, soft, console)
    with console.stage("Weighing and correcting"):
        return soft.compute_weights().unlearn()


def report_on(soft, task, reference=None):
    """Return the AuditReport of the rows that are meant for it.

    Parameters
    ----------
    soft : SoftUnlearner
        Corrected.
    task : Task
        With these rows.
    reference : str, default=None
        The group that the others are compared with.

    Returns
    -------
    report : AuditReport
        Before and after.
    """
    test = task.test
    return soft.audit(
        test.features, test.target, sensitive_features=test.groups, reference=reference
    )
