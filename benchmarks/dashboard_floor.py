"""The floor of a page: a choice, a title, one chart. A Streamlit script, served by `benchmarks.dashboard`."""

import streamlit as st

st.set_page_config(page_title="Plancher", layout="wide")
year = st.selectbox("Année", [2024, 2023])
st.html(f'<div class="adass-head"><p>{year}</p></div>')
chart = {
    "data": [{"type": "bar", "orientation": "h", "x": [year - 2000, 8, 5], "y": ["a", "b", "c"]}],
    "layout": {"height": 300},
}
st.plotly_chart(chart, theme=None, config={"displayModeBar": False})
st.html('<div class="adass-foot">Source</div>')
