"""Scales: how much of a recipe is executed.

`full` is exactly the recipe. `preview` is the same recipe with a hard cap on its cost, derived
from the network's MACs so that a large network takes no longer than a small one, or with a cap that
the user sets: the first epochs, on all images. Schedules are cut off, not compressed.
"""

from __future__ import annotations

from regrade.studies.execution import Budget, Scale
from regrade.studies.images import dataset_of, scored_images, training_images
from regrade.studies.resolve import ResolvedRun
from regrade.studies.transform_costs import by_the_library, training_seconds

PREVIEW_MACS = 4e10
"""Forward MACs that a preview replicate may spend on training (as many again, twice, backward)."""
MACS_PER_IMAGE = 1e6
"""What an image costs beside its MACs, in MACs: augmentation, batch norm, the loop."""
MACS_PER_PARAMETER_IMAGE = 1.5
"""What a parameter costs an image beside its MACs, in MACs: linear layers, which hold most of the
parameters, reach two fifths of the speed of convolutions."""
MACS_PER_VALUE = 30
"""What a number that a layer gives costs beside, in MACs: batch norms and activations are bound by
memory."""
MACS_PER_PARAMETER_STEP = 30
"""What an optimizer step costs a parameter, in MACs: it is bound by memory, not arithmetic."""
MACS_PER_SECOND = 7e9
"""What a core does in a second of training, in MACs: for transforms that run image by image. The
compiled ones are a part of what an image costs."""
PREVIEW_EPOCHS = 8
PREVIEW_IMAGES = 5_000
PREVIEW_SCORED = 1_000


def budget(run: ResolvedRun, scale: Scale, first_epochs: int | None = None) -> Budget:
    """Return the budget of a run's replicates at a scale.

    Parameters
    ----------
    first_epochs
        The cap of a preview in epochs on all images; None caps its cost.
    """
    recipe = run.recipe
    images, scored = training_images(recipe), scored_images(recipe)
    tested = dataset_of(recipe).test_images
    longest = recipe.stop.longest
    if scale == "full":
        return Budget("full", longest, images, scored, tested, 1.0)
    if first_epochs:
        epochs = min(first_epochs, longest)
        share = min(1.0, epochs / recipe.stop.epochs)
        return Budget("preview", epochs, images, scored, tested, share)
    batch = recipe.batches.training
    image_macs = run.cost.macs + MACS_PER_IMAGE
    image_macs += MACS_PER_PARAMETER_IMAGE * run.cost.parameters
    image_macs += MACS_PER_VALUE * run.cost.values
    image_macs += MACS_PER_SECOND * training_seconds(recipe, by_the_library)
    step_macs = image_macs * batch + MACS_PER_PARAMETER_STEP * run.cost.parameters
    steps = int(PREVIEW_MACS // step_macs)
    epochs = max(1, min(PREVIEW_EPOCHS, recipe.stop.epochs, steps // 2))
    # Where one step is too much already, its batch is cut.
    affordable = steps // epochs * batch if steps else int(PREVIEW_MACS // image_macs)
    capped = max(1, min(images, PREVIEW_IMAGES, affordable))
    few = max(1, min(PREVIEW_SCORED, capped // 2))
    share = epochs * capped / (recipe.stop.epochs * images)
    return Budget("preview", epochs, capped, min(scored, few), few, min(1.0, share))
