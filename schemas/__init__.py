"""What is true: nomenclatures, columns and rules of every export, indicators, published figures."""
