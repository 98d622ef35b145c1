//! `candor serve`: the public site until Ctrl-C.

use anyhow::Context;
use app::Candor;
use tokio::net::TcpListener;
use web::Public;

use crate::say;

pub(crate) async fn run(candor: &Candor, listen: Option<&str>) -> anyhow::Result<()> {
    let address = listen.unwrap_or(&candor.config.serve.listen);
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{address} can't be served at; give another address with --listen")
    })?;
    let public = Public {
        published: candor.db.read_only(),
        publisher: candor.report_publisher()?,
        publication: candor.config.log.publish.into(),
    };
    say::line(format!("Serving at http://{}/ until Ctrl-C.", listener.local_addr()?));
    tokio::select! {
        served = serve(listener, public) => served?,
        () = candor.seal_events_regularly() => {}
    }
    Ok(())
}

async fn serve(listener: TcpListener, public: Public) -> anyhow::Result<()> {
    axum::serve(listener, web::router(public)).with_graceful_shutdown(told_to_stop()).await?;
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
