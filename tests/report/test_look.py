import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from clientscape.report.look import GREY, PALETTE, canvas, colours, png, settled

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHTS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "common": np.eye(3),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(linear):
    xyz = np.clip(linear, 0, 1) @ XYZ.T / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def test_twelve_colours_and_grey_stay_apart_for_the_colour_blind():
    rgb = np.array([to_rgb(colour) for colour in (*PALETTE, GREY)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    for sight, matrix in SIGHTS.items():
        seen = lab(linear @ np.array(matrix).T)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(13, 1)]
        assert apart.min() > 15, sight


def test_a_colour_depends_on_the_names_and_not_on_their_order():
    assert colours(["b", "a", "c", "a"]) == colours(["c", "b", "a"])
    assert colours(["b", "a"])["a"] == PALETTE[0]
    assert colours(["a", "unplaced"])["unplaced"] == GREY
    assert len(set(colours([f"{i:02}" for i in range(12)]).values())) == 13


def test_the_bytes_of_a_picture_are_reproducible_and_say_nothing_about_the_machine():
    def draw():
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([1, 2], [3, 4])
        return png(figure)

    assert draw() == draw()
    assert draw().startswith(b"\x89PNG")
    assert b"Software" not in draw()
    assert b"tEXt" not in draw()


def test_a_settled_figure_is_drawn_the_same_every_time():
    figure = canvas(2.0)
    for axes in figure.subplots(1, 2):
        axes.set_title("wide " * 20)
    assert png(settled(figure)) == png(figure) == png(figure)
