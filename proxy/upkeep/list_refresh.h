#pragma once

#include <functional>
#include <memory>

#include "proxy/admin/status.h"
#include "proxy/download/list_fetch.h"
#include "proxy/shared_parts.h"

namespace chainmend::proxy {

/// Looks at repair.list_url, http or https, on a schedule and takes it as it is then, in one step: see
/// take_in_list(). Of certificates only what proves itself is taken, whoever wrote the list: CA certificates
/// whose signatures lead to an anchor. What a list says of revoked or disclosed certificates proves nothing:
/// it is taken over https only, kept as `chainmend intermediates import` keeps it, and in force with the
/// reload that is asked for then. What is known stays known while a list is fetched, and when that fails.
///
/// Belongs to the loop's thread.
class ListRefresh {
  public:
    /// `parts` outlive it. `reload` reads everything anew, and take_up_snapshot() is called when it has.
    ListRefresh(WorkerParts& parts, std::function<void()> reload);
    ListRefresh(const ListRefresh&) = delete;
    ListRefresh& operator=(const ListRefresh&) = delete;

    /// The settings may have changed: another list is looked at now, and the same one in full when what it is
    /// judged by has changed, or what was taken from it is gone.
    void take_up_snapshot();
    /// Nothing when there is no list.
    std::optional<ListStatus> status() const;

    /// For all of the list. The largest of the public ones has 12 MB.
    static constexpr std::chrono::seconds patience{60};
    /// After a failure, unless the interval is shorter: a machine that woke up has no network yet.
    static constexpr std::chrono::minutes retry_after{10};

  private:
    struct Reading;
    void look();
    void fetched(ListFetchOutcome outcome);
    void take(Bytes list, std::string entity_tag);
    void taken(const Reading& reading, const Snapshot& snapshot, const std::string& entity_tag);
    void look_again_if_changed();
    bool is_as_taken(const Snapshot& snapshot) const;
    void done(const std::string& result, const std::string& detail);

    WorkerParts& parts_;
    EventLoop& loop_;
    SharedParts& shared_;
    ListStatus status_;
    const std::function<void()> reload_;
    std::string entity_tag_;      // of what was taken
    Sha256 taken_under_{};        // the policy's hash then
    std::size_t kept_ = 0;        // issuers in the store that came from the list
    bool reload_is_due_ = false;  // for what was saved and is not in force yet
    OperationPtr step_;           // the wait for the next look, the fetch, or the intake
};

}  // namespace chainmend::proxy
