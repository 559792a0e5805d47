"""Networks of timm by their names, where it is installed."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from torch import nn

from regrade.errors import UserError
from regrade.studies.spelling import suggest

if TYPE_CHECKING:
    from regrade.studies.architectures import Timm


def _timm() -> ModuleType:
    # Before timm, which imports torchvision as it is.
    from regrade.torchvision_compat import torchvision  # noqa: F401

    try:
        import timm
    except ImportError as error:
        raise UserError(f"timm cannot be imported ({error}): pip install timm") from None
    return timm


def build_timm(model: Timm, classes: int, image_size: int, channels: int) -> nn.Module:
    """Build a network of timm with fresh weights and one logit a class.

    Raises
    ------
    UserError
        When timm is not installed, or has no network of that name.
    """
    timm = _timm()
    if not timm.is_model(model.name):
        known = timm.list_models()
        raise UserError(
            f"timm {timm.__version__} has no network {model.name!r}{suggest(model.name, known)}"
        )
    told = timm.models.get_pretrained_cfg(model.name)
    given: dict[str, Any] = {"img_size": image_size} if told and told.fixed_input_size else {}
    rates = {"drop_rate": model.drop_rate, "drop_path_rate": model.drop_path_rate}
    given |= {name: rate for name, rate in rates.items() if rate}
    return timm.create_model(model.name, num_classes=classes, in_chans=channels, **given)
