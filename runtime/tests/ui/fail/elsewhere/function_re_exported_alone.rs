// says: this is not known to be a flow
// says: a `pub use` of the function alone does not carry what is known of it
mod flows {
    pub use report::report;

    mod report {
        #[longshore::flow]
        pub async fn report() {}
    }
}

#[longshore::deployment(name = "eu")]
use flows::report;

fn main() {}
