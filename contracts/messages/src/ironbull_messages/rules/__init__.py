"""Which rules between fields, and between two states of a document, does each kind have?"""
