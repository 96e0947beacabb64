#pragma once

#include <functional>
#include <list>
#include <map>

#include "certs/path_builder.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/operation.h"
#include "proxy/log/log.h"
#include "proxy/snapshot.h"

namespace chainmend::proxy {

/// Puts issuers that were fetched and found good into the issuer store, and onto the disk without the loop
/// waiting for it. One a worker. Writing that is under way when this is destroyed ends unheard.
class IssuerSaver {
  public:
    IssuerSaver(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
    IssuerSaver(const IssuerSaver&) = delete;
    IssuerSaver& operator=(const IssuerSaver&) = delete;

    /// `issuer` has verified a child's signature on an accepted path.
    void learn(const Snapshot& snapshot, const certs::FetchedIssuer& issuer, Time now);
    /// The issuers on this accepted path that came from the store are worth keeping.
    void mark_useful(const Snapshot& snapshot, const certs::Verdict& verdict);
    /// Runs `work`, which may block, on the thread pool; an error becomes a note that begins with `what`.
    void on_disk(const std::string& what, std::function<Result<void>()> work);
    /// Calls `completion` once nothing is being written, never inside this call; for a program that ends when
    /// it has its answer. Not told when this is destroyed first.
    void when_written(std::function<void()> completion);

  private:
    EventLoop& loop_;
    Log& log_;
    std::list<OperationPtr> writing_;
    std::function<void()> written_;
    OperationPtr nothing_to_write_;
    std::map<Sha256, Time> told_useful_;  // at most one entry an issuer of the store
};

}  // namespace chainmend::proxy
