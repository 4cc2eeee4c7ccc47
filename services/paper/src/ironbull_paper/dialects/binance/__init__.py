"""The REST protocol of Binance USD-margined futures, as ccxt 4.5.90 speaks it."""
