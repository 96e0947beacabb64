#pragma once

#include <map>
#include <optional>

#include "tests/proxy/admin/admin_fixture.h"
#include "tests/proxy/cli/command_run.h"
#include "tests/support/closed_port.h"

namespace chainmend::test {

/// A history made by real traffic: clients that ask a running proxy for real servers, which send all kinds of
/// chains or are no servers at all. Each kind of outcome is there once.
class RealHistory : public AdminTest {
  protected:
    /// What came of a CONNECT to a server that behaves like this, by the name of the kind.
    void visit_every_kind();

    /// `chainmend` with this history.
    Answer chainmend(std::vector<std::string> arguments) {
        arguments.push_back("--set");
        arguments.push_back("history.database=\"" + std::string(directory / "history.db") + "\"");
        return run(arguments);
    }
    /// The decision that was made for this kind.
    const std::string& id_of(const std::string& kind) const { return ids_.at(kind); }
    const std::map<std::string, std::string>& ids() const { return ids_; }
    /// "leaf.test:PORT" of a kind that has a server.
    const std::string& server_of(const std::string& kind) const { return servers_.at(kind); }
    /// Waits until the history has all that was decided: a page that is there says so.
    void settle();

    CommandRun run;

  private:
    std::string ask_for(const std::string& kind, const std::string& authority);
    void serve(const std::string& kind, OriginOptions options, const std::string& host = "leaf.test");
    void complete_kinds();
    void incomplete_kinds();
    void broken_kinds();
    void kinds_by_rule();
    void add_rules(config::Settings& settings) const;
    void unreachable_kinds();

    std::optional<Identity> excepted_;  // whose certificate has expired
    std::map<std::string, std::string> ids_;
    std::map<std::string, std::string> servers_;
    std::vector<std::unique_ptr<Origin>> origins_;
};

}  // namespace chainmend::test
