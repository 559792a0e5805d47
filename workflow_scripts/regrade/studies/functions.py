"""The functions of predicates: what each takes and gives, and how people write it.

Every function is declared here once, as what a run can be asked for is in
`regrade.studies.vocabulary`; `regrade.grading.functions` gives the functions their values.
"""

from dataclasses import dataclass

from regrade.studies.vocabulary import COUNT, EPOCH, FRACTION, PLAIN, Kind, Unit


@dataclass(frozen=True)
class Function:
    """A function of predicates: the kinds it takes, the kind it gives."""

    takes: tuple[tuple[Kind, ...], ...]
    """The accepted argument lists."""
    gives: Kind
    meaning: str
    unit: Unit | None
    """The unit of its value; None where that is the unit of its first argument."""
    phrase: str | None = None
    """How pages write it, with `{}` for each argument but a span of epochs; without one they show
    the expression."""
    variadic: bool = False
    """Whether the last argument list may be longer: any number of its last kind."""
    level: bool = False
    """Whether it gives one level of a series: such levels scatter alike from run to run."""
    names: tuple[str, ...] = ()
    """What the reference calls the arguments of each list; without names, it shows their kinds."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The accepted argument lists, as the reference writes them."""
        return self.names or tuple(", ".join(form) for form in self.takes)


N, S, L, H = Kind.NUMBER, Kind.SERIES, Kind.LIST, Kind.HISTOGRAM
_SAME = None
"""The unit of the first argument."""
_SPAN = "series, from_epoch, to_epoch"

FUNCTIONS = {
    "first": Function(((S,),), N, "value of the first epoch", _SAME, "first {}", level=True),
    "last": Function(((S,),), N, "value of the last epoch", _SAME, "final {}", level=True),
    "at": Function(
        ((S, N),),
        N,
        "value at an epoch (from 1)",
        _SAME,
        "{} at epoch {}",
        level=True,
        names=("series, epoch",),
    ),
    "selected": Function(
        ((S,),),
        N,
        "value at the epoch that the recipe's selection chose",
        _SAME,
        "{} of the selected epoch",
        level=True,
    ),
    "max": Function(
        ((S,), (S, N, N), (N, N)),
        N,
        "largest value, of some epochs or numbers",
        _SAME,
        variadic=True,
        level=True,
        names=("series", _SPAN, "number, number, ..."),
    ),
    "min": Function(
        ((S,), (S, N, N), (N, N)),
        N,
        "smallest value, of some epochs or numbers",
        _SAME,
        variadic=True,
        level=True,
        names=("series", _SPAN, "number, number, ..."),
    ),
    "argmax": Function(
        ((S,),),
        N,
        "epoch of the largest value (the first of equals)",
        EPOCH,
        "epoch of the highest {}",
    ),
    "argmin": Function(
        ((S,),),
        N,
        "epoch of the smallest value (the first of equals)",
        EPOCH,
        "epoch of the lowest {}",
    ),
    "mean": Function(
        ((S,), (S, N, N)),
        N,
        "mean over all epochs, or from one to another",
        _SAME,
        "mean {}",
        level=True,
        names=("series", _SPAN),
    ),
    "median": Function(
        ((S,), (S, N, N)),
        N,
        "median over all epochs, or from one to another",
        _SAME,
        "median {}",
        level=True,
        names=("series", _SPAN),
    ),
    "total": Function(
        ((S,), (S, N, N)),
        N,
        "sum over all epochs, or from one to another",
        _SAME,
        "total {}",
        names=("series", _SPAN),
    ),
    "std": Function(
        ((S, N, N),),
        N,
        "standard deviation over epochs from one to another",
        _SAME,
        "standard deviation of the {}",
        names=(_SPAN,),
    ),
    "spread": Function(
        ((N,),),
        N,
        "standard deviation over seeds; a predicate may compare it with another spread, with a"
        " multiple of one, or with a number",
        _SAME,
        "spread over seeds of the {}",
    ),
    "detrended_std": Function(
        ((S, N, N),),
        N,
        "standard deviation about the straight line fitted to the epochs",
        _SAME,
        "scatter of the {} about its trend",
        names=(_SPAN,),
    ),
    "median_change": Function(
        ((S, N, N),),
        N,
        "median absolute change from an epoch to the next",
        _SAME,
        "median change of the {} from an epoch to the next",
        names=(_SPAN,),
    ),
    "slope": Function(
        ((S, N, N),),
        N,
        "slope of the line fitted to the epochs, per epoch",
        PLAIN,
        "slope of the {}",
        names=(_SPAN,),
    ),
    "smooth": Function(
        ((S, N),),
        S,
        "centred moving mean over so many epochs",
        _SAME,
        "{} smoothed over {} epochs",
        names=("series, epochs",),
    ),
    "rises": Function(
        ((S, N, N),),
        N,
        "times that the value rises by more than a threshold, from an epoch on",
        COUNT,
        "rises of the {} by more than {} from epoch {} on",
        names=("series, threshold, first_epoch",),
    ),
    "epochs_to": Function(
        ((S, N),),
        N,
        "first epoch whose value is at least this one",
        EPOCH,
        "epoch in which the {} reaches {}",
        names=("series, value",),
    ),
    "of_class": Function(
        ((L, N),),
        N,
        "value of a class, which is counted from 0 as the data set does",
        _SAME,
        "{} of class {}",
        names=("list, class",),
    ),
    "length": Function(((S,), (L,)), N, "number of epochs or elements", COUNT, "length of the {}"),
    "share_below": Function(
        ((S, S), (S, S, N, N)),
        N,
        "share of epochs at which the first series is below the second",
        FRACTION,
        "share of epochs with the {} below the {}",
        names=("series, series", "series, series, from_epoch, to_epoch"),
    ),
    "rank_correlation": Function(
        ((S,), (L, L)),
        N,
        "Spearman's correlation of a series with its epochs, or of two lists",
        PLAIN,
        "rank correlation of the {} with the epoch",
    ),
    "correlation": Function(((L, L),), N, "Pearson's correlation of two lists", PLAIN),
    "share_within": Function(
        ((H, N),),
        N,
        "share of weights with an absolute value below a limit",
        FRACTION,
        "{} below {} in size",
        names=("histogram, limit",),
    ),
    "ks_distance": Function(
        ((H, H),),
        N,
        "Kolmogorov-Smirnov distance of two distributions",
        PLAIN,
        "Kolmogorov-Smirnov distance of the {} from the {}",
    ),
    "standard_error": Function(
        ((N, N),),
        N,
        "binomial standard error of a share of so many images",
        _SAME,
        "standard error of the {} on {} images",
        names=("share, images",),
    ),
    "separable_saving": Function(
        ((N, N),),
        N,
        "multiply-adds of a convolution over those of its depthwise-separable form, by the side of"
        " its kernel and its output channels",
        PLAIN,
        "saving by a separable convolution of side {} to {} channels",
        names=("kernel, channels",),
    ),
    "abs": Function(((N,),), N, "absolute value", _SAME, "size of {}"),
    "floor": Function(
        ((N,),), N, "largest whole number that is not larger", COUNT, "whole part of {}"
    ),
    "log": Function(((N,),), N, "natural logarithm", PLAIN, "logarithm of {}"),
    "sqrt": Function(((N,),), N, "square root", PLAIN, "square root of {}"),
}
