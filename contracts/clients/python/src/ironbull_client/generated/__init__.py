"""Operations and answers of the merchant API.

Rendered by `make generate`; change the API's routes and bodies instead.
"""
