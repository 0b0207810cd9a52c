"""Make every notebook a test, wherever pytest finds one."""

pytest_plugins = ("tests.notebooks.gate",)
