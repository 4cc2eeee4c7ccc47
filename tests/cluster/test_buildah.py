"""The store of layers forgets what no build has used for long, and nothing else."""

from cluster.buildah import STEP, too_old

LAYERS = [f"{number:064x}"[::-1] for number in range(1, 11)]
TOLD = """STEP 1/3: FROM base
STEP 2/3: COPY requirements/ requirements/
--> Using cache 950a0d07192cbd87a3ba0b5b0ddcb9ac1c19ddcc1c8b1e3b0ddaa6ab7e5a0c11
--> 950a0d07192
STEP 3/3: RUN make
--> 47133efd729
not --> 111111111111
"""


def test_few_layers_all_stay() -> None:
    assert too_old(LAYERS, {}, most=10, kept=5) == ()


def test_of_many_the_least_used_go_and_the_youngest_of_them_first() -> None:
    used = {LAYERS[0][:11]: 2.0, LAYERS[1][:11]: 1.0}
    assert too_old(LAYERS, used, most=9, kept=4) == LAYERS[7:1:-1]


def test_a_layer_that_a_build_has_just_used_stays_however_old_it_is() -> None:
    used = {layer[:11]: 10.0 - place for place, layer in enumerate(LAYERS)}
    assert too_old(LAYERS, used, most=9, kept=9) == [LAYERS[-1]]


def test_what_a_build_tells_names_the_layers_that_it_used() -> None:
    assert [layer[:11] for layer in STEP.findall(TOLD)] == [
        "950a0d07192",
        "950a0d07192",
        "47133efd729",
    ]
