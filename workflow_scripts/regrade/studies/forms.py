"""The forms that text of the schema must have, each with its meaning in plain words."""

NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
DECIMAL = r"^-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?$"
DEVICE = r"^(auto|cpu|mps|(cuda|xpu)(:\d+)?)$"

MEANINGS = {
    NAME: "a letter, then letters, digits and underscores (expressions read a dash as minus)",
    ID: "a letter or digit, then letters, digits, dots, dashes and underscores",
    DECIMAL: 'the digits as the report prints them, such as "38.10"; the unit stands in `unit`',
    DEVICE: "auto, cpu, mps, cuda, xpu, or one of several such as cuda:1",
}
