longshore::main!(demo_hello);
