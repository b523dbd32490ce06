"""Exports of other forms, made from exports of the contract, with the truth about them."""
