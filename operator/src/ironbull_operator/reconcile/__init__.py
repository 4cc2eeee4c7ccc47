"""How does each kind of object become what its document says?"""
