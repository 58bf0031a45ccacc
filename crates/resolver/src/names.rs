//! Names by `/etc/hosts` and the name servers of `/etc/resolv.conf`.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use hickory_resolver::{Hosts, Resolver};
use reqwest::dns::{Addrs, Name as HostName, Resolve, Resolving};

/// File with the name servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";

type BoxedError = Box<dyn Error + Send + Sync>;

/// Where names are looked up.
#[derive(Clone)]
pub(crate) struct Names(Arc<Sources>);

struct Sources {
    hosts: Arc<Hosts>,
    /// Content of `/etc/resolv.conf`.
    configuration: io::Result<Vec<u8>>,
    /// Port of the name servers, which only a test changes.
    port: Option<u16>,
    /// Set by the first lookup, which is in the runtime that sends the requests.
    resolver: OnceLock<TokioResolver>,
}

/// Why a name has no address.
#[derive(Debug)]
pub(crate) enum NameError {
    /// The file with the name servers cannot be read, or has none.
    NoNameServers(BoxedError),
    /// The name servers do not know the name, or do not answer.
    Lookup(NetError),
}

impl std::fmt::Display for NameError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoNameServers(_) => write!(
                formatter,
                "not in `/etc/hosts`, and `{RESOLV_CONF}` names no name server"
            ),
            Self::Lookup(_) => formatter.write_str("the name servers have no address for it"),
        }
    }
}

impl Error for NameError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoNameServers(source) => Some(source.as_ref()),
            Self::Lookup(source) => Some(source),
        }
    }
}

impl Names {
    /// Names as this machine knows them.
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    pub(crate) fn of_system() -> Self {
        // A container without the file knows no further names.
        let hosts = Hosts::from_system().unwrap_or_default();
        Self::new(hosts, std::fs::read(RESOLV_CONF), None)
    }

    fn new(hosts: Hosts, configuration: io::Result<Vec<u8>>, port: Option<u16>) -> Self {
        Self(Arc::new(Sources {
            hosts: Arc::new(hosts),
            configuration,
            port,
            resolver: OnceLock::new(),
        }))
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NameError> {
        let listed = self.0.listed(host);
        if !listed.is_empty() {
            return Ok(listed);
        }
        let found = self.0.resolver()?.lookup_ip(host).await;
        Ok(found.map_err(NameError::Lookup)?.iter().collect())
    }
}

impl Sources {
    /// The addresses in `/etc/hosts`.
    fn listed(&self, host: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_utf8(host) else {
            return Vec::new();
        };
        let types = [RecordType::AAAA, RecordType::A];
        let found = types.into_iter().filter_map(|kind| {
            self.hosts
                .lookup_static_host(&Query::query(name.clone(), kind))
        });
        found
            .flat_map(|lookup| {
                let records = lookup.answers().iter();
                records
                    .filter_map(|record| record.data.ip_addr())
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    fn resolver(&self) -> Result<&TokioResolver, NameError> {
        if let Some(resolver) = self.resolver.get() {
            return Ok(resolver);
        }
        let text = self.configuration.as_ref();
        let text = text.map_err(|error| NameError::NoNameServers(error.to_string().into()))?;
        let (configuration, options) =
            parse_resolv_conf(text).map_err(|error| NameError::NoNameServers(error.into()))?;
        let configuration = match self.port {
            Some(port) => with_port(&configuration, port),
            None => configuration,
        };
        let mut builder =
            Resolver::builder_with_config(configuration, TokioRuntimeProvider::default())
                .with_options(options);
        builder.options_mut().ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
        let resolver = builder.build().map_err(NameError::Lookup)?;
        Ok(self.resolver.get_or_init(|| resolver))
    }
}

/// The same name servers at another port.
fn with_port(configuration: &ResolverConfig, port: u16) -> ResolverConfig {
    let mut servers = configuration.name_servers().to_vec();
    let connections = servers
        .iter_mut()
        .flat_map(|server| &mut server.connections);
    connections.for_each(|connection| connection.port = port);
    let (domain, search) = (configuration.domain(), configuration.search());
    ResolverConfig::from_parts(domain.cloned(), search.to_vec(), servers)
}

impl Resolve for Names {
    fn resolve(&self, host: HostName) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let addresses = names.addresses(host.as_str()).await?;
            let addresses = addresses.into_iter();
            let addresses: Addrs = Box::new(addresses.map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;
    use std::str::FromStr as _;

    use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{A, CNAME};
    use hickory_resolver::proto::rr::{RData, Record};
    use tokio::net::UdpSocket;
    use tokio::task::JoinHandle;

    use super::*;

    /// As Kubernetes writes it.
    const OF_A_POD: &str = "search flows.svc.cluster.local svc.cluster.local cluster.local\n\
                            nameserver 127.0.0.1\noptions ndots:5\n";

    /// A name server on loopback that knows these records.
    struct Zone {
        port: u16,
        task: JoinHandle<()>,
    }

    impl Drop for Zone {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    impl Zone {
        /// Names with an address, or with another name.
        async fn serve(records: &[(&str, &str)]) -> Self {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = socket.local_addr().unwrap().port();
            let records: BTreeMap<Name, RData> = records
                .iter()
                .map(|(name, value)| (Name::from_str(name).unwrap(), data(value)))
                .collect();
            let task = tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                    let question = Message::from_vec(&buffer[..length]).unwrap();
                    let answer = answer(&question, &records).to_vec().unwrap();
                    socket.send_to(&answer, from).await.unwrap();
                }
            });
            Self { port, task }
        }

        async fn find(
            &self,
            hosts: &str,
            configuration: &str,
            name: &str,
        ) -> Result<String, String> {
            let names = names(hosts, Ok(configuration), Some(self.port));
            found(&names, name).await
        }
    }

    fn data(value: &str) -> RData {
        match value.parse::<Ipv4Addr>() {
            Ok(address) => RData::A(A(address)),
            Err(_) => RData::CNAME(CNAME(Name::from_str(value).unwrap())),
        }
    }

    fn answer(question: &Message, records: &BTreeMap<Name, RData>) -> Message {
        let query = question.queries[0].clone();
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_available = true;
        match records.get(query.name()) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(record)
                if record.record_type() == query.query_type()
                    || record.record_type() == RecordType::CNAME =>
            {
                let record = Record::from_rdata(query.name().clone(), 60, record.clone());
                answer.add_answer(record);
            }
            Some(_) => {}
        }
        answer.add_query(query);
        answer
    }

    fn names(hosts: &str, configuration: Result<&str, io::ErrorKind>, port: Option<u16>) -> Names {
        let mut read = Hosts::default();
        read.read_hosts_conf(hosts.as_bytes()).unwrap();
        let configuration = configuration
            .map(|text| text.as_bytes().to_vec())
            .map_err(io::Error::from);
        Names::new(read, configuration, port)
    }

    async fn found(names: &Names, name: &str) -> Result<String, String> {
        let found = names.addresses(name).await;
        let shown = |address: &IpAddr| address.to_string();
        let found = found.map(|found| found.iter().map(shown).collect::<Vec<_>>().join(" "));
        found.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_service_is_found_by_the_search_domains_of_a_pod() {
        let zone = Zone::serve(&[("prefect.flows.svc.cluster.local.", "10.0.0.7")]).await;
        let of_pod = zone.find("", OF_A_POD, "prefect").await;
        assert_eq!(of_pod.as_deref(), Ok("10.0.0.7"));
        let with_namespace = zone.find("", OF_A_POD, "prefect.flows").await;
        assert_eq!(with_namespace.as_deref(), Ok("10.0.0.7"));
    }

    #[tokio::test]
    async fn a_name_with_fewer_dots_than_ndots_is_found_outside_of_the_cluster() {
        let zone = Zone::serve(&[("acme.blob.core.windows.net.", "20.0.0.1")]).await;
        let found = zone.find("", OF_A_POD, "acme.blob.core.windows.net").await;
        assert_eq!(found.as_deref(), Ok("20.0.0.1"));
    }

    #[tokio::test]
    async fn a_chain_of_aliases_is_followed() {
        let zone = Zone::serve(&[
            (
                "acme.blob.core.windows.net.",
                "acme.privatelink.blob.core.windows.net.",
            ),
            (
                "acme.privatelink.blob.core.windows.net.",
                "store.trafficmanager.net.",
            ),
            ("store.trafficmanager.net.", "10.1.2.3"),
        ])
        .await;
        let found = zone.find("", OF_A_POD, "acme.blob.core.windows.net").await;
        assert_eq!(found.as_deref(), Ok("10.1.2.3"));
    }

    #[tokio::test]
    async fn the_hosts_file_comes_first() {
        let zone = Zone::serve(&[("prefect.example.com.", "10.0.0.7")]).await;
        let hosts = "127.0.0.1 localhost\n10.9.9.9 prefect.example.com  # a host alias\n";
        let found = zone.find(hosts, OF_A_POD, "prefect.example.com").await;
        assert_eq!(found.as_deref(), Ok("10.9.9.9"));
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_an_error() {
        let zone = Zone::serve(&[]).await;
        let found = zone.find("", OF_A_POD, "prefect").await;
        assert_eq!(
            found.unwrap_err(),
            "the name servers have no address for it"
        );
    }

    #[tokio::test]
    async fn without_a_configuration_only_the_hosts_file_counts() {
        for configuration in [Err(io::ErrorKind::NotFound), Ok("# nothing\n")] {
            let names = names("10.9.9.9 prefect\n", configuration, None);
            assert_eq!(found(&names, "prefect").await.as_deref(), Ok("10.9.9.9"));
            assert_eq!(
                found(&names, "other").await.unwrap_err(),
                "not in `/etc/hosts`, and `/etc/resolv.conf` names no name server"
            );
        }
    }
}
