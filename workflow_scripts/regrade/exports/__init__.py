"""The results in the forms that other tools read."""
