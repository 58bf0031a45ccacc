// says: `noschedule` is not an effect of a taint
// says: help: write `NoSchedule`
use longshore::deployment;

#[deployment(name = "eu", tolerations("kubernetes.azure.com/scalesetpriority=spot:noschedule"))]
async fn report() {}

fn main() {}
