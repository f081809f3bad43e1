"""Everything that knows streamlit: router, controls, the frame of a lesson, the player."""
