"""How fast the made-up device of tests of plans trains."""

from regrade.planning.device_speed import Speed

SPEED = Speed(
    "test",
    seconds_per_image=1e-4,
    seconds_per_mac=1e-11,
    seconds_per_value=1e-9,
    seconds_per_parameter=1e-9,
)
