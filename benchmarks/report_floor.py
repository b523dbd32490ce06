"""The floor of a report: slides with a title and one chart each, written by python-pptx.

Usage: python -m benchmarks.report_floor FILE SLIDES
"""

import sys
from pathlib import Path

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

TITLE_ONLY = 5  # of the layouts of the template that comes with python-pptx


def main(file: Path, slides: int) -> None:
    deck = Presentation()
    data = CategoryChartData()
    data.categories = [f"Catégorie {n}" for n in range(8)]
    data.add_series("Part", [n / 10 for n in range(8)])
    for number in range(slides):
        slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
        if slide.shapes.title is not None:
            slide.shapes.title.text = f"Diapositive {number + 1}"
        slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(2), Inches(8), Inches(4), data)
    deck.save(str(file))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
