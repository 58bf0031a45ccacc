longshore::main!(energy_day_ahead_prices);
