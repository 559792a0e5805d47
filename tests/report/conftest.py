"""One browser, and one report of all recorded results, for all tests of the report."""

from tests.support.browser import browser as browser
from tests.support.recorded_report import recorded_report as recorded_report
