"""The little CSS that the frame needs; colours come from the theme, widgets stay Streamlit's.

Sizes: at 1280×800 the title with its idea takes at most 60 px, the controls 80, the tabs 45, so
that the stage, the rule and the player's bar fit below them without scrolling.
"""

from collections.abc import Collection

import streamlit as st

from cnnlab.theme import DARK, LIGHT

# Streamlit writes on its primary colour in white, which the dark theme's lighter teal drowns.
ON_ACCENT = f"light-dark({LIGHT.on_accent}, {DARK.on_accent})"
CSS = """
.stApp { --muted: color-mix(in srgb, var(--st-text-color, currentColor) 72%, transparent); }
.stMainBlockContainer { padding: 1.1rem 2rem 2.5rem; max-width: 92rem; }
.stMainBlockContainer > .stVerticalBlock { gap: 0.6rem; }
.stMainBlockContainer h1 { padding: 0; font-weight: 700; line-height: 1.3; }
.stMainBlockContainer h2 { padding: 0.6rem 0 0; }
.stAppHeader { background: transparent; height: 2.5rem; min-height: 2.5rem; }

[data-testid="stSidebarHeader"] { height: 3rem; padding-bottom: 0; margin-bottom: 0.25rem; }
[data-testid="stSidebarHeader"]::before {
  content: "CNN Lab"; font-weight: 700; font-size: 1.15rem; white-space: nowrap;
}
[data-testid="stNavSectionHeader"] { color: var(--muted); letter-spacing: 0.02em; }

.stApp button[data-testid="stBaseButton-primary"]:enabled { color: ON_ACCENT; }

.st-key-lesson-header { align-items: baseline; column-gap: 1.4rem; row-gap: 0.1rem; }
.st-key-lesson-header > :nth-child(2) { flex: 1 1 20rem; width: auto; }
.st-key-lesson-header > :nth-child(2) p { color: var(--muted); line-height: 1.35; }

.st-key-lesson-controls .stColumn:last-child button { white-space: nowrap; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-program-"]) {
  position: absolute; width: 0; height: 0; overflow: hidden;
}
[class*="st-key-line-"] p { font-size: 0.95rem; line-height: 1.35; }
/* Buttons that look like tabs: an underline instead of a frame. */
[class*="st-key-tabs-"] {
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent);
}
[class*="st-key-tabs-"] [role="radiogroup"] { gap: 1rem; flex-wrap: nowrap; overflow-x: auto; }
[class*="st-key-tabs-"] button {
  border: 0 !important; border-radius: 0 !important; background: none !important;
  padding: 0 0.1rem; min-height: 2.4rem; white-space: nowrap; margin: 0; flex: 0 0 auto;
}
[class*="st-key-tabs-"] [data-testid="stButtonGroup"] { max-width: 100%; }
[class*="st-key-tabs-"] button[aria-checked="true"] {
  box-shadow: inset 0 -2px var(--st-primary-color, currentColor) !important;
}
[class*="st-key-bar-"] > :first-child p { color: var(--muted); }
[class*="st-key-window-"] button { min-height: 2rem; padding: 0 0.6rem; }
.st-key-changes :is(th, td) { padding: 0.05rem 0.7rem; font-weight: 400; }
.st-key-changes table { margin: 0 0 0.7rem; font-size: 0.95rem; }
[class*="st-key-architectures-table"] :is(th, td) {
  padding: 0.08rem 0.4rem; white-space: nowrap; font-size: 0.83rem; font-weight: 400;
}
.st-key-architectures-table-original td { white-space: normal; }
.st-key-architectures-table-readings th { white-space: normal; }
[class*="st-key-architectures-table"] .stMarkdown { overflow-x: auto; }
[class*="st-key-architectures-table"] [data-testid="stMarkdownContainer"] { margin: 0; }
.st-key-run-bar { min-height: 2.6rem; }
.st-key-run-bar button { min-height: 2.2rem; }
.st-key-see-story { min-height: 2.6rem; }
.st-key-see-story > :first-child { flex: 1 1 20rem; width: auto; }
/* What the curves' marks mean: one line, or as many as all marks may need where it is narrow. */
.curves-key { container-type: inline-size; }
.curves-key > div {
  display: flex; flex-wrap: wrap; gap: 0 0.8rem; padding-left: 52px;
  height: 20px; font-size: 0.75rem; line-height: 20px;
}
.curves-key span { white-space: nowrap; }
@container (max-width: 470px) { .curves-key > div { height: 40px; padding-left: 0.2rem; } }
@container (max-width: 270px) { .curves-key > div { height: 60px; } }
.digits { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.digits figure { width: 70px; margin: 0; }
.digits img { display: block; }
.digits figcaption { color: var(--muted); font-size: 0.875rem; line-height: 1.5; }
.st-key-layer-moves { flex-wrap: nowrap; }
.st-key-layer-edit > * { flex-shrink: 0; max-width: 100%; }
.st-key-lesson-rule p { font-size: 0.92rem; line-height: 1.45; }

[class*="st-key-card-"] img { border-radius: 0; }
[class*="st-key-card-"] [data-testid="stPageLink-NavLink"] { padding-left: 0; }

@media (max-width: 640px) {
  .stMarkdown:has(table) { overflow-x: auto; }
  .stMarkdown table { font-size: 0.85rem; overflow-wrap: break-word; }
  .stMarkdown td:first-child { min-width: 6.4rem; }
  .stMarkdown :is(th, td) { padding: 0.3rem 0.4rem; }
  .stMainBlockContainer { padding: 2.6rem 1rem 12rem; } /* the stage's bar is fixed below */
  .st-key-race-beside { display: none; } /* the view itself has the same, a tab away */
  .st-key-lesson-controls .stHorizontalBlock { flex-wrap: wrap; gap: 0.4rem 1rem; }
  .st-key-lesson-controls .stColumn { flex: 1 1 40%; min-width: 40%; width: auto; }
}
""".replace("ON_ACCENT", ON_ACCENT)
HIDDEN = "{ display: none !important; }"


def apply(hidden: Collection[str] = ()) -> None:
    """Put the style on the page (a style tag takes no room).

    ``hidden`` are element keys that are kept off the screen; they are still drawn, because a
    control that is not drawn loses its value.
    """
    rules = "".join(f".st-key-{key} {HIDDEN}\n" for key in hidden)
    st.html(f"<style>{CSS}{rules}</style>")
