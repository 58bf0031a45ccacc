// says: a flow has at most 32 parameters
// says: put some of them into a struct
use longshore::flow;

#[flow]
async fn report(
    _p1: u8,
    _p2: u8,
    _p3: u8,
    _p4: u8,
    _p5: u8,
    _p6: u8,
    _p7: u8,
    _p8: u8,
    _p9: u8,
    _p10: u8,
    _p11: u8,
    _p12: u8,
    _p13: u8,
    _p14: u8,
    _p15: u8,
    _p16: u8,
    _p17: u8,
    _p18: u8,
    _p19: u8,
    _p20: u8,
    _p21: u8,
    _p22: u8,
    _p23: u8,
    _p24: u8,
    _p25: u8,
    _p26: u8,
    _p27: u8,
    _p28: u8,
    _p29: u8,
    _p30: u8,
    _p31: u8,
    _p32: u8,
    _p33: u8,
) {
}

fn main() {}
