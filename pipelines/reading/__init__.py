"""Files to lines: deliveries, encodings, workbooks, reference lists."""
