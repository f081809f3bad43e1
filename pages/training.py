"""The training lesson: a small network learns to read digits while the class watches."""

from functools import partial

from cnnlab.message import Message
from cnnlab.ui import lesson
from cnnlab.ui.training import closing, controls, network, owner, run, runs, watch


def main() -> None:
    owner.remember()
    lesson.header("training")
    job = run.shown()
    chosen, start = controls.choose(locked=run.controlled(job))
    config = controls.setting(chosen)
    with start:
        run.button(config, job, fits=controls.fits(chosen))
    run.refused()
    watch.views(config, job, chosen.digit)
    lesson.closing(
        more={
            "network": (Message("Network"), partial(network.show, chosen, config)),
            "runs": (Message("Save and load"), partial(runs.panel, job)),
        },
        predict=partial(closing.predict, config),
        check=partial(closing.check, config, job),
        code=partial(closing.code, config, job),
    )


main()
