//! `candor serve`: the public site and the console until Ctrl-C.

use std::net::SocketAddr;

use anyhow::Context;
use app::Candor;
use tokio::net::TcpListener;
use web::{Console, Public};

use crate::args::Addresses;
use crate::say;

/// Serves both surfaces, and does meanwhile what the calendar owes.
pub(crate) async fn run(candor: &Candor, addresses: &Addresses) -> anyhow::Result<()> {
    let settings = &candor.config.serve;
    let site = bind("--listen", addresses.listen.as_deref(), &settings.listen).await?;
    let console = addresses.listen_console.as_deref();
    let console = bind("--listen-console", console, &settings.listen_console).await?;
    // What is wrong with a profile is told now, and not to whoever opens a request first.
    candor.profiles()?;
    candor.holidays()?;
    let public = Public {
        published: candor.db.read_only(),
        publisher: candor.report_publisher()?,
        publication: candor.config.log.publish.into(),
    };
    say::line(format!("Serving the public site at http://{}/", site.local_addr()?));
    let mut candor = candor.clone();
    let at = candor.config.console_at(&console.local_addr()?.to_string());
    say::line(format!("Serving the console at {at}/ until Ctrl-C."));
    // On the machine itself passkeys work without a setting.
    if at.starts_with("http://localhost") {
        candor.config.console.origin = Some(at);
    }
    let router = web::console(Console { candor: candor.clone() });
    let starting = candor.clone();
    tokio::spawn(async move {
        // What another program committed and did not live to sign.
        starting.after_commit().await;
        starting.read_docket().await;
    });
    tokio::select! {
        served = serve(site, web::router(public)) => served?,
        served = serve(console, router) => served?,
        () = candor.seal_events_regularly() => {}
        () = candor.seal_batches_regularly() => {}
        () = candor.work() => {}
    }
    Ok(())
}

/// Does what the calendar owes until Ctrl-C.
pub(crate) async fn work(candor: &Candor) {
    say::line("Doing what is due until Ctrl-C.");
    tokio::select! {
        () = candor.seal_batches_regularly() => {}
        () = candor.work() => {}
        () = told_to_stop() => {}
    }
}

async fn bind(option: &str, given: Option<&str>, setting: &str) -> anyhow::Result<TcpListener> {
    let address = given.unwrap_or(setting);
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} can't be served at; give another address with {option}")
    })
}

async fn serve(listener: TcpListener, router: axum::Router) -> anyhow::Result<()> {
    // The console has to know from where somebody comes.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;
    Ok(())
}

/// Ctrl-C, or what a service manager sends.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    interrupted.await.ok();
}
