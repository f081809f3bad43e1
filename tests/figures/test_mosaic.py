"""Tiles stand where they belong, on one scale about zero, and the dead are crossed out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.figures.mosaic import MAP, Grid, best_columns, dead, laid_out, mosaic, scale_of, short
from cnnlab.message import Message
from cnnlab.theme import LIGHT


@given(*[st.integers(1, 9)] * 4, st.integers(1, 3))
def test_every_tile_is_found_again_and_gaps_are_empty(
    count: int, height: int, width: int, columns: int, gap: int
) -> None:
    tiles = np.arange(count * height * width, dtype=np.float32).reshape(count, height, width)
    grid = Grid(count, height, width, columns, gap)
    whole = laid_out(tiles, grid)
    assert whole.shape == grid.shape
    assert np.isfinite(whole).sum() == tiles.size
    for n, tile in enumerate(tiles):
        row, column = grid.corner(n)
        assert np.array_equal(whole[row : row + height, column : column + width], tile)
    assert np.isnan(whole[:gap]).all()
    assert np.isnan(whole[:, -gap:]).all()


def test_one_symmetric_scale_for_all_tiles(unpacked, sound, theme) -> None:
    tiles = np.array([[[-0.5, 0.25]], [[0.1, 0.0]]], np.float32)
    figure = mosaic(tiles, theme, columns=2)
    sound(figure)
    (data,) = figure["data"]
    assert (data["zmin"], data["zmax"]) == (-0.5, 0.5)
    assert data["colorscale"] == [[0, theme.negative], [0.5, theme.zero], [1, theme.positive]]
    assert data["colorbar"]["tickvals"] == [-0.5, 0, 0.5]
    assert data["colorbar"]["ticktext"] == ["−0.5", "0", "0.5"]
    z = unpacked(data["z"])
    assert z[np.isfinite(z)].tolist() == pytest.approx([-0.5, 0.25, 0.1, 0.0])


def test_hover_knows_tile_row_and_column(unpacked) -> None:
    tiles = np.random.default_rng(0).normal(size=(3, 2, 4)).astype(np.float32)
    (data,) = mosaic(tiles, LIGHT, each=MAP)["data"]
    z, places = unpacked(data["z"]), unpacked(data["customdata"])
    assert places.shape == (*z.shape, 3)
    for value, (tile, row, column) in zip(z.ravel(), places.reshape(-1, 3), strict=True):
        if np.isfinite(value):
            assert tiles[tile - 1, row - 1, column - 1] == value
    assert data["hovertemplate"].startswith("map %{customdata[0]}<br>row %{customdata[1]}")


def test_without_places_a_live_figure_is_less_than_two_thirds() -> None:
    tiles = np.zeros((16, 24, 24), np.float32)
    lengths = [len(str(mosaic(tiles, LIGHT, placed=placed)["data"])) for placed in (False, True)]
    assert lengths[0] < 0.67 * lengths[1]


@given(st.floats(1e-30, 1e30))
def test_the_ends_of_the_scale_are_said_in_few_signs(value: float) -> None:
    limit = scale_of(np.array([value]))
    said = short(limit)
    assert len(said) <= 7
    for sign, power in (("k", "e3"), ("M", "e6")):
        said = said.replace(sign, power)
    assert float(said) == pytest.approx(limit, rel=0.001)


def test_two_mosaics_can_share_a_scale() -> None:
    before, after = np.full((1, 2, 2), 0.1), np.full((1, 2, 2), -0.37)
    limit = scale_of(before, after)
    assert limit == 0.4
    assert [mosaic(t, LIGHT, limit=limit)["data"][0]["zmax"] for t in (before, after)] == [0.4, 0.4]


def test_nothing_to_compare_has_a_scale_all_the_same() -> None:
    assert scale_of(np.zeros((2, 3, 3))) == 1.0
    assert scale_of(np.full((1, 2, 2), np.nan)) == 1.0


def test_dead_tiles_are_crossed_out(theme) -> None:
    tiles = np.random.default_rng(0).normal(size=(3, 4, 4)) * 1e-3
    tiles[1] = 0.7 + 1e-8 * tiles[1]
    assert dead(tiles).tolist() == [False, True, False]
    frames, cross = mosaic(tiles, theme, columns=3)["layout"]["shapes"]
    assert frames["path"].count("M") == 3
    assert cross["path"].count("M") == 2
    corner = Grid(3, 4, 4, 3, 1).corner(1)
    assert cross["path"].startswith(f"M{corner[1] - 0.5},{corner[0] - 0.5}")


def test_the_dead_are_told_by_their_size_not_by_the_others() -> None:
    assert dead(np.array([[[0.0, 0.9e-6]], [[0.0, 1.1e-6]]])).tolist() == [True, False]


@pytest.mark.parametrize(("count", "columns"), [(16, 8), (30, 10), (32, 8), (1, 1)])
def test_rows_are_full_where_that_costs_little(count: int, columns: int) -> None:
    assert best_columns(count, 5, 5, 1, 2.7) == columns


def test_cells_are_square_but_a_row_of_numbers_may_be_stretched() -> None:
    square = mosaic(np.ones((2, 3, 3)), LIGHT)["layout"]["yaxis"]
    assert (square["scaleanchor"], square["scaleratio"]) == ("x", 1)
    assert "scaleanchor" not in mosaic(np.ones((1, 1, 100)), LIGHT)["layout"]["yaxis"]


def test_the_first_row_is_at_the_top_and_a_title_above() -> None:
    figure = mosaic(np.ones((2, 3, 3)), LIGHT, title=Message("two of {n}", {"n": 5}))["layout"]
    below, above = figure["yaxis"]["range"]
    assert below > above
    assert [note["text"] for note in figure["annotations"]] == ["two of 5"]


def test_every_tile_has_its_name_above_its_middle() -> None:
    layout = mosaic(np.ones((2, 3, 3)), LIGHT, columns=2, names=("A", "B"))["layout"]
    assert [(word["text"], word["x"], word["y"]) for word in layout["annotations"]] == [
        ("A", 2, 0.5),
        ("B", 6, 0.5),
    ]
    assert layout["margin"]["t"] > 0
