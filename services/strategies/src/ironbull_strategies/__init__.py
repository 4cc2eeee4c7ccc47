"""Turn a window of candles into signals, without side effects."""
