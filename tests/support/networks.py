"""The reports' architectures in the words of the schema, with their published counts."""

from pydantic import TypeAdapter

from regrade.studies.architectures import Architecture

RELU, FLATTEN = {"kind": "relu"}, {"kind": "flatten"}
BATCH_NORM = {"kind": "batch_norm"}
POOL = {"kind": "max_pool", "kernel": 2}
CONV_3X3 = {"kernel": 3, "padding": 1}


ADAPTER = TypeAdapter(Architecture)


def read(words):
    return ADAPTER.validate_python(words)


def chain(*layers):
    return {"kind": "chain", "layers": list(layers)}


def conv(channels, kernel, **settings):
    return {"kind": "conv", "channels": channels, "kernel": kernel, **settings}


def linear(features="classes"):
    return {"kind": "linear", "features": features}


def duke(activation=RELU, batch_norm=False):
    norm = [BATCH_NORM] if batch_norm else []
    return chain(
        *[conv(8, 5), *norm, activation, POOL],
        *[conv(16, 3), *norm, activation, POOL, FLATTEN],
        *[linear(120), activation, linear(84), activation, linear()],
    )


def polito_cnn(width, last, hidden=4096, batch_norm=False):
    norm = [BATCH_NORM] if batch_norm else []
    return chain(
        *[conv(width, 5, stride=2), RELU, *norm],
        *[conv(width, 3), RELU, *norm] * 2,
        *[conv(last, 3), POOL, RELU, *norm, FLATTEN],
        *[linear(hidden), RELU, {"kind": "dropout", "probability": 0.5}, linear()],
    )


def marais_alexnet():
    convs = [(96, False), (256, False), (384, True), (256, True), (256, True)]
    layers = []
    for channels, pooled in convs:
        layers += [conv(channels, **CONV_3X3), RELU, *[POOL] * pooled]
    return chain(*layers, FLATTEN, linear(4096), RELU, linear(4096), RELU, linear())


def marais_vgg():
    layers = [conv(96, **CONV_3X3), RELU, POOL, conv(96, **CONV_3X3), RELU]
    layers += [conv(96, **CONV_3X3), RELU, POOL, FLATTEN]
    return chain(*layers, linear(4096), RELU, linear(4096), RELU, linear())


def marais_unit(channels, pooled=False):
    dropout = {"kind": "channel_dropout", "probability": 0.2}
    layers = [conv(channels, **CONV_3X3, bias=False), BATCH_NORM, RELU, *[POOL] * pooled, dropout]
    return layers


def marais_resnet(plan):
    """Write a network from the report's table: `64`, `128P` (pooled) or `R128` (residual)."""
    layers = []
    for entry in plan.split():
        if entry.startswith("R"):
            layers.append({"kind": "residual", "layers": marais_unit(int(entry[1:])) * 2})
        else:
            layers += marais_unit(int(entry.rstrip("P")), entry.endswith("P"))
    return chain(*layers, POOL, FLATTEN, linear())


def stages(channels, blocks, shortcut, stem=None, **block):
    return {
        "kind": "stages",
        "stem": {"channels": 32} | (stem or {}),
        "block": {"kind": "basic"} | block,
        "shortcut": shortcut,
        "channels": channels,
        "blocks": blocks,
    }


def projection(kernel=1, **settings):
    return {"kind": "projection", "kernel": kernel, **settings}


def nyu(channels, blocks, shortcut_kernel, kernel=3):
    return stages(
        [int(n) for n in channels.split("-")],
        [int(n) for n in blocks.split("-")],
        projection(shortcut_kernel),
        kernel=kernel,
    )


def kaist(shortcut, **block):
    return stages([64, 128, 256, 512], [2] * 4, shortcut, {"channels": 64}, **block)


def resnet20(bias, subsample="average_pool"):
    shortcut = {"kind": "pad", "subsample": subsample}
    return stages(
        [16, 32, 64], [3] * 3, shortcut, {"channels": 16, "bias": bias}, kernel=3, bias=bias
    )


NONE = {"kind": "none"}
SWISH, SIGMOID = {"kind": "swish"}, {"kind": "sigmoid"}
PLAIN, SEPARABLE = kaist(NONE), kaist(NONE, kind="separable", bias=True)
R11 = "64 128P R128 256P 512P R512 1028P R1028"
R18 = "64 128P R128 256 512P R512 512 1028P R1028 2056 R2056 1028P R1028"

# Architecture, classes, parameters, MACs: published by the reports, or rebuilt from their tables.
COUNTS = {
    "duke simple": (duke(), 10, 82_030, 716_328),
    "duke batch norm": (duke(batch_norm=True), 10, 82_078, 716_328),
    "duke swish": (duke(SWISH, batch_norm=True), 10, 82_078, 716_328),
    "duke resnet-20": (resnet20(bias=True), 10, 270_410, 40_551_040),
    "duke resnet-20 without bias": (resnet20(bias=False), 10, 269_722, 40_551_040),
    "kaist plain": (PLAIN, 100, 11_046_308, 549_177_344),
    "kaist plain with bias": (kaist(NONE, bias=True), 100, 11_050_148, 549_177_344),
    "kaist residual": (kaist(projection()), 100, 11_220_132, 555_468_800),
    "kaist residual, bare shortcut": (
        kaist(projection(batch_norm=False)),
        100,
        11_218_340,
        555_468_800,
    ),
    "kaist residual with bias": (
        kaist(projection(bias=True), bias=True),
        100,
        11_224_868,
        555_468_800,
    ),
    "kaist mobile": (SEPARABLE, 100, 1_325_988, 66_803_712),
    "kaist mobile without bias": (kaist(NONE, kind="separable"), 100, 1_318_756, 66_803_712),
    "nyu O C1 S1": (nyu("32-64-128-256", "2-2-2-2", 1), 10, 2_797_610, 139_299_328),
    "nyu C2": (nyu("64-64-128-256", "2-2-2-2", 1), 10, 2_912_682, 241_011_200),
    "nyu C3": (nyu("32-128-128-256", "2-2-2-2", 1), 10, 3_232_426, 234_719_744),
    "nyu C4 H0": (nyu("32-64-256-256", "2-2-2-2", 1), 10, 4_535_594, 234_719_744),
    "nyu C5": (nyu("32-64-128-372", "2-2-2-2", 1), 10, 4_915_306, 173_146_504),
    "nyu K4": (nyu("32-64-128-256", "2-2-2-2", 1, 4), 10, 4_933_674, 271_944_192),
    "nyu K5": (nyu("32-64-128-256", "2-2-2-2", 1, 5), 10, 7_680_042, None),
    "nyu S2": (nyu("32-64-128-256", "2-2-2-2", 2), 10, 2_926_634, 144_017_920),
    "nyu S3 B1alt": (nyu("32-64-128-256", "2-2-2-2", 3), 10, 3_141_674, 151_882_240),
    "nyu S3alt H6": (nyu("64-128-128-256", "2-2-2-2", 3), 10, 3_843_114, 387_811_840),
    "nyu B1": (nyu("64-128-128-256", "2-2-2-2", 1), 10, 3_367_978, 341_674_496),
    "nyu B2": (nyu("64-128-128-256", "3-2-2-2", 1), 10, 3_441_962, 417_171_968),
    "nyu B3": (nyu("64-128-128-256", "3-3-2-2", 1), 10, 3_737_386, 492_669_440),
    "nyu B4": (nyu("64-128-128-256", "3-3-3-2", 1), 10, 4_032_810, 511_543_808),
    "nyu B5": (nyu("64-128-128-256", "4-3-3-2", 1), 10, 4_106_794, 587_041_280),
    "nyu B6": (nyu("64-128-128-256", "5-4-3-2", 1), 10, 4_476_202, 738_036_224),
    "nyu B7": (nyu("64-128-128-256", "8-4-3-2", 1), 10, 4_698_154, 964_528_640),
    "nyu M1 M4 M6 H1": (nyu("64-128-128-256", "5-4-3-2", 3), 10, 4_951_338, 784_173_568),
    "nyu M2": (nyu("32-64-128-256", "10-8-6-2", 3), 10, 4_915_754, 491_620_864),
    "nyu M3": (nyu("32-128-128-256", "10-4-4-2", 3), 10, 4_988_586, 595_429_888),
    "nyu M5": (nyu("32-64-128-128-256", "5-4-4-3-2", 3), 10, 4_970_154, 272_206_336),
    "nyu H5": (nyu("32-64-128-256-512", "2-2-1-1-1", 1), 10, 4_997_162, 116_233_216),
    "marais alexnet": (marais_alexnet(), 10, 36_187_914, 1_432_952_832),
    "marais alexnet 100": (marais_alexnet(), 100, 36_556_644, 1_433_321_472),
    "marais vgg": (marais_vgg(), 10, 42_160_970, 87_105_536),
    "marais vgg 100": (marais_vgg(), 100, 42_529_700, 87_474_176),
    "marais resnet-11": (marais_resnet(R11), 10, 30_343_594, 531_147_944),
    "marais resnet-11 100": (marais_resnet(R11), 100, 30_436_204, 531_240_464),
    "marais resnet-18": (marais_resnet(R18), 10, 165_877_202, 3_492_981_416),
    "marais resnet-18 100": (marais_resnet(R18), 100, 165_969_812, 3_493_073_936),
    "polito P1": (
        chain(FLATTEN, linear(4096), SIGMOID, linear(4096), SIGMOID, linear()),
        100,
        29_778_020,
        29_769_728,
    ),
    "polito P2": (polito_cnn(32, 64), 100, 4_647_524, 8_502_656),
    "polito P3": (polito_cnn(128, 256), 100, 17_791_076, 73_922_048),
    "polito P4": (polito_cnn(256, 512), 100, 36_348_004, 257_141_760),
    "polito P5": (polito_cnn(512, 1024), 100, 77_000_804, 952_702_976),
    "polito P6": (polito_cnn(128, 256, batch_norm=True), 100, 17_792_356, 73_922_048),
    "polito P7": (polito_cnn(128, 256, 8192, batch_norm=True), 100, 34_983_268, 91_108_864),
}
