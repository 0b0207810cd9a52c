"""The course's style."""

import subprocess
import sys

import matplotlib as mpl


def test_the_style_loads_without_a_warning_and_draws_with_what_matplotlib_ships() -> None:
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt\n"
        "plt.style.use('coursekit.course')\n"
        "ax = plt.figure().add_subplot(xlabel=r'$\\hat{v}_t$', ylabel='−η · ‖g‖²', title='κ ≤ ∞')\n"
        "ax.plot([1, 2]); ax.figure.canvas.draw()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_style_is_what_the_chapters_count_on() -> None:
    settings = mpl.rcParams
    assert settings["figure.figsize"] == [7.2, 3.6]
    assert settings["figure.dpi"] == 100
    assert settings["figure.constrained_layout.use"]
    assert not settings["savefig.transparent"]
    assert not settings["axes.spines.top"]
    assert not settings["axes.spines.right"]
    assert settings["font.sans-serif"] == ["DejaVu Sans"]
