"""The stage's own words: every template that the player fills in, in English.

The keys are what a scene and the player use; the texts are what is translated. Places are filled
by ``sentence.py`` and, in the browser, by ``stage/sentence.js``, in the same way.
"""

WORDS: dict[str, str] = {
    # where a cell is
    "cell": "{grid}, row {row}, column {column}",
    "cell in plane": "{grid}, {plane}, row {row}, column {column}",
    "cell in row": "{grid}, column {column}",
    # before the first move of a step
    "look": "{cell} looks at {n} numbers.",
    "look gather": "{cell} looks at {n} of the cells of dY spread out.",
    "look together": "Next: {cell}, and the same place in the other maps.",
    "look copy": "{cell} – numbers to be copied: {n}.",
    "look skip": "The skip connection is about to copy x as it is: {n} numbers.",
    "look scatter": "{cell} will be handed on.",
    "look stamp": "{cell} stamps the kernel, times its own number, into the output.",
    "look same": "{cell} is worked out by one framework after the other.",
    "look weight": "{cell} is about to move against its gradient.",
    "look unit": "{cell}: this unit counts as 1. What does it read?",
    "look down": "One layer further down: what do all of these read?",
    # while a part is being worked out
    "product": "{cell}: {part}, product {i} of {n}.",
    "product alone": "{cell}: product {i} of {n}.",
    "compare": "{cell}: {part}, comparing {i} of {n}.",
    "gather": "{cell}: {part}, number {i} of {n}.",
    "part done": "{cell}: {part} is done.",
    # after the last move of a step
    "done": "{cell} is written.",
    "done again": "{cell} is written. The same weights serve every place of the map.",
    "done copy": "{cell} – numbers copied: {n}.",
    "done skip": "The skip connection has copied x as it is: {n} numbers.",
    "done together": "{cell} is written, and the same place in the other maps.",
    "done max": "{cell} is the largest of {n} numbers.",
    "done mean": "{cell} is the mean of {n} numbers.",
    "done scatter": "{cell} has been handed on.",
    "done stamp": "{cell} has stamped the kernel; where stamps overlap, they add up.",
    "done same": "{cell} is written: one kernel, under each framework's own padding.",
    "done weight": "{cell} has moved a little against its gradient.",
    "done down": "All that is held here has been handed down.",
    # in the line of numbers
    "best first": "the first is {value}",
    "best": "best so far {best}, now {value}",
    "max": "max({values}) = {result}",
    "max of": "max of {n} numbers = {result}",
    "runner-up": "{equation} · runner-up {second}, margin {margin}",
    "tie": "{equation} · {n} are equal: the first counts",
    "mean": "mean({values}) = {result}",
    "mean of": "mean of {n} numbers = {result}",
    "sum of": "{label}: sum of {n} products",
    "sum of numbers": "{label}: sum of {n} numbers",
    "numbers": "{n} numbers",
    "to": "{value} → {cell}",
    # the player
    "stage": "The computation, step by step",
    "read by": "read {n}×",
    "edit hint": "double-click a number to change it",
    "counter": "cell {cell} of {cells}",
    "counter part": "cell {cell} of {cells} · part {part} of {parts}",
    "Play": "Play",
    "Pause": "Pause",
    "Next step": "Next step",
    "Previous step": "Previous step",
    "First step": "First step",
    "Last step": "Last step",
    "Speed": "Speed",
    "Scrub": "Position",
    "Loop": "Loop",
    "Full screen": "Full screen",
    "Hide results": "Hide results",
    "Detail": "Level of detail",
    "detail cell": "cell",
    "detail part": "part",
    "detail move": "product",  # of a part that multiplies
    "detail compare": "comparison",  # of a maximum
    "detail number": "number",  # of everything else
    "window": "Window",
    "weights": "Weights",
    "products": "Products",
    "padding": "padding",
    "unread": "never read",
    "quantity input": "inputs",
    "quantity weight": "weights",
    "quantity output": "outputs",
    "quantity gradient": "gradients",
    "quantity count": "counts",
}
