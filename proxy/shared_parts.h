#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "proxy/counters.h"
#include "proxy/fetch/fetch_table.h"
#include "proxy/fetch/issuer_fetcher.h"
#include "proxy/history/history.h"
#include "proxy/host_expiries.h"
#include "proxy/io/event_loop.h"
#include "proxy/io/resolver.h"
#include "proxy/log/decision_ids.h"
#include "proxy/log/log.h"
#include "proxy/policy/exception_book.h"
#include "proxy/snapshot.h"
#include "proxy/tunnel/protocol_memory.h"
#include "proxy/tunnel/resumption_cache.h"
#include "proxy/tunnel/verdict_cache.h"
#include "proxy/tunnel/verdict_flights.h"

namespace chainmend::proxy {

/// What all workers share. Every part is thread-safe; nothing else crosses threads.
struct SharedParts {
    std::unique_ptr<Log> log;
    std::unique_ptr<History> history;  ///< null: none is kept
    std::function<Time()> now;         ///< the time certificates are judged at
    CurrentSnapshot snapshot;
    VerdictCache verdicts;
    ResumptionCache resumptions;
    VerdictFlights flights;
    ProtocolMemory protocols;
    HostExpiries expiries;
    ExceptionBook exceptions;
    DecisionIds ids;
    std::shared_ptr<FetchTable> fetches = std::make_shared<FetchTable>();
    std::atomic<std::int64_t> connections = 0;
};

class IssuerSaver;

/// What the tunnels of one worker use of it: all of it belongs to the worker, outlives its tunnels and stays
/// on its thread.
struct WorkerParts {
    EventLoop& loop;
    Resolver& resolver;
    IssuerFetcher& fetcher;
    IssuerSaver& saver;
    certs::SignatureMemo& memo;
    std::span<std::uint8_t> plaintext;  ///< one decryption buffer a loop, valid during a callback
    SharedParts& shared;
    Counters& counters;
};

}  // namespace chainmend::proxy
