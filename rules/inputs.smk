"""
What the rules ask of the grid: patterns of paths, and functions of wildcards for inputs, params and resources.
"""

RESULTS = Path("<results>")
"""Stands for the folder of results in the patterns of rules."""
OF_A_REPLICATE = ("{study}", "{run}", "{seed}")
PARQUET_FILES = ["<results>/exports/results.parquet"] if find_spec("pyarrow") else []
"""The long table once more, where its optional library is installed."""
GRADE_BOOKS = ["<results>/exports/gradebook.csv"] if GRID.sets else []
"""What a grade book needs of the reports of an assignment, where there are some."""
EXPORTED = [
    *expand(
        "<results>/exports/{file}",
        file=(
            "results.csv",
            "data-dictionary.csv",
            "summary.md",
            "badge.json",
            "ro-crate-metadata.json",
        ),
    ),
    *PARQUET_FILES,
    *GRADE_BOOKS,
]
REPLICATE = layout.replicate_folder(RESULTS, *OF_A_REPLICATE)
"""The pattern of a replicate's folder."""


def results_folder(wildcards):
    return CONFIG.results


def state_folder(wildcards):
    return str(layout.state_folder(Path(CONFIG.results)))


def resolved(wildcards):
    return GRID.run(wildcards.study, wildcards.run)


def recipe_of(wildcards):
    return resolved(wildcards).recipe_json


def training_code_of(wildcards):
    return numerics_fingerprint(recipe_of(wildcards))


def source_of(wildcards):
    """The files that a data set is read from; the job tells of those that are not there."""
    dataset = GRID.datasets[wildcards.dataset]
    if source_kind(dataset, CONFIG.data) != FROM_FILES:
        return []
    try:
        path = find_place(dataset, CONFIG.data, GRID.own_places.get(dataset.name))
    except UserError:
        return []
    if path.is_dir():
        return str(changed_last(path))
    prepared = layout.data_file(Path(CONFIG.results), wildcards.dataset)
    return [] if prepared.exists() and path.samefile(prepared) else str(path)


def dataset_declared(wildcards):
    return asdict(GRID.datasets[wildcards.dataset])


def own_data_of(wildcards):
    """Where a study says that its own data set lies."""
    place = GRID.own_places.get(wildcards.dataset)
    return None if place is None else str(place)


def data_code_of(wildcards):
    return data_fingerprint(source_kind(GRID.datasets[wildcards.dataset], CONFIG.data))


def data_memory_of(wildcards):
    return preparing_memory_mb(GRID.datasets[wildcards.dataset])


def is_pretrained(run):
    """Whether a run starts from weights of torchvision."""
    return getattr(run.recipe.model, "pretrained", False)


def weights_of(wildcards):
    """The folder or file with the weights that a run starts from."""
    return CONFIG.weights if is_pretrained(resolved(wildcards)) else None


def weight_files_of(wildcards):
    return weight_files(resolved(wildcards))


def weight_files(run):
    """The files that a run may start from; where there is none it is not measured, and says why."""
    if CONFIG.weights is None or not is_pretrained(run):
        return []
    place = Path(CONFIG.weights)
    name = run.recipe.model.name
    found = [place] if place.is_file() else sorted(place.glob(f"{name}-*.pth"))
    return [str(path) for path in found]


def attempts_of(wildcards):
    """What attempts without weights left, where a download may succeed now: the next call makes one more."""
    run = resolved(wildcards)
    if CONFIG.weights is not None or not is_pretrained(run):
        return []
    folder = layout.replicate_folder(
        Path(CONFIG.results), wildcards.study, wildcards.run, wildcards.seed
    )
    return [str(path) for path in attempts(folder)]


def data_of(wildcards):
    return str(layout.data_file(RESULTS, dataset_of(resolved(wildcards).recipe).name))


def budget_of(wildcards):
    return asdict(GRID.budget(resolved(wildcards)))


def threads_of(wildcards):
    return GRID.resources.threads(resolved(wildcards))


def memory_of(wildcards, attempt):
    return training_memory_mb(resolved(wildcards)) * attempt


def gpus_of(wildcards):
    """On one machine what --resources gpu limits; on a cluster one, unless the profile says more."""
    if not ON_THIS_MACHINE:
        return 0 if CONFIG.device == "cpu" else 1
    return GRID.resources.gpus(resolved(wildcards), limited=GPUS_ARE_LIMITED)


def runs_per_gpu_of(wildcards):
    return GRID.resources.runs_per_gpu(resolved(wildcards))


def runtime_of(wildcards, attempt):
    return GRID.resources.runtime_minutes(resolved(wildcards)) * attempt


def group_of(wildcards):
    return "small_replicates" if GRID.resources.is_small(resolved(wildcards)) else None


def measurements_of(wildcards):
    """The folders with a study's networks: its own, and those of its set that lend it some."""
    lent = GRID.recorded[wildcards.study].lent.values()
    studies = dict.fromkeys([wildcards.study, *(study for study, _ in lent)])
    return [
        str(layout.model_folder(RESULTS, name))
        for name in studies
        if GRID.to_measure(name)
    ]


def replicates_of(wildcards):
    return graded_files(wildcards.study)


def replicates_of_all(wildcards):
    found = [path for study in GRID.files for path in graded_files(study)]
    return list(dict.fromkeys(found))


def graded_files(study):
    """The files of the replicates that a study is graded by and that this call trains."""
    return [
        str(layout.replicate_folder(RESULTS, *GRID.home(study, run), seed) / file)
        for run, seeds in GRID.graded_seeds(study).items()
        for seed in seeds
        for file in layout.REPLICATE_FILES
    ]


def study_file(wildcards):
    return str(GRID.files[wildcards.study])


def assignment_of(wildcards):
    """The file of the assignment that a study extends."""
    assignment = GRID.assignment(wildcards.study)
    return [] if assignment is None else str(assignment)


def curves_of(wildcards):
    return [str(path) for path in GRID.curves(wildcards.study)]


def seeds_of(wildcards):
    return GRID.graded_seeds(wildcards.study)


def recorded_of(wildcards):
    return asdict(GRID.recorded[wildcards.study])


def records_of(wildcards):
    """The files under records/ that a study is graded by, so that new ones are seen."""
    return [str(path) for path in GRID.evidence(wildcards.study).recorded_files()]


def networks_of(wildcards):
    return GRID.networks_to_measure(wildcards.study)


def fed_networks(wildcards):
    """The runs of which the study speaks of the untrained network."""
    fed = GRID.fed(wildcards.study)
    return [run for run in GRID.to_measure(wildcards.study) if run.name in fed]


def weight_files_of_networks(wildcards):
    found = {path for run in fed_networks(wildcards) for path in weight_files(run)}
    return sorted(found)


def data_of_networks(wildcards):
    sets = {dataset_of(run.recipe).name for run in fed_networks(wildcards)}
    return [str(layout.data_file(RESULTS, dataset)) for dataset in sorted(sets)]


def data_folder(wildcards):
    return str(layout.data_folder(Path(CONFIG.results)))


def measurements_folder(wildcards):
    return str(layout.kept_models(Path(CONFIG.results)))


def memory_of_networks(wildcards, attempt):
    return measuring_memory_mb(GRID.to_measure(wildcards.study)) * attempt
