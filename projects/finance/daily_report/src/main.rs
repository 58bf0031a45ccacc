longshore::main!(finance_daily_report);
