#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "certs/path_builder.h"
#include "tests/support/pki.h"

// Random small PKIs, compared with an exhaustive search that knows how they were made: it never looks at a
// certificate, only at the plan it was made from. CHAINMEND_SEED repeats a run, CHAINMEND_GRAPHS sets the
// number of graphs.

namespace chainmend::test {
namespace {

using namespace certs;

constexpr int names = 4;
constexpr int keys_per_name = 2;
constexpr std::uint64_t parts = 5;

enum class Defect {
    none,
    expired,
    future,
    not_a_ca,
    no_constraints,
    no_cert_sign,
    client_only,
    excludes_leaf,
    unknown_critical,
    sha1,
    forged,
    path_length_0
};
constexpr int defects = 12;
const char* const defect_texts[defects] = {"",
                                           "expired",
                                           "future",
                                           "CA:FALSE",
                                           "no basicConstraints",
                                           "no keyCertSign",
                                           "clientAuth only",
                                           "excludes leaf.test",
                                           "unknown critical",
                                           "SHA-1",
                                           "forged",
                                           "pathlen:0"};

/// A CA: a name and one of its keys.
struct Entity {
    int name = 0;
    int key = 0;
    auto operator<=>(const Entity&) const = default;
};

/// What a certificate was made from.
struct Plan {
    Entity subject;  ///< not used by the end entity
    Entity issuer;   ///< whose name stands there and whose key signed
    Defect defect = Defect::none;
    auto operator<=>(const Plan&) const = default;

    bool is_self_issued() const { return subject.name == issuer.name; }
    std::string text() const {
        const auto entity = [](const Entity& e) {
            return std::string(1, static_cast<char>('A' + e.name)) + std::to_string(e.key);
        };
        return entity(subject) + "<-" + entity(issuer) +
               (defect == Defect::none ? ""
                                       : " (" + std::string(defect_texts[static_cast<int>(defect)]) + ")");
    }
};

/// All certificates that graphs are made of, each made once.
class Material {
  public:
    Material() {
        for (int name = 0; name < names; ++name) {
            for (int key = 0; key < keys_per_name; ++key) {
                CertificateSpec spec;
                spec.common_name = name_text(name);
                spec.ca = true;
                entities_.push_back(Identity::self_signed(spec));
            }
        }
        leaf_key_ = entities_.front().leaf("leaf.test").key();
    }

    CertificatePtr ca(const Plan& plan) {
        auto& made = cas_[plan];
        if (!made) made = make(plan);
        return made;
    }

    CertificatePtr leaf(const Entity& issuer) {
        auto& made = leaves_[issuer];
        if (!made) {
            CertificateSpec spec;
            spec.ca_issuers = {url(issuer.name)};
            made = identity(issuer).leaf("leaf.test", spec, leaf_key_).certificate();
        }
        return made;
    }

    /// Where the issuers of that name are served.
    static std::string url(int name) { return "http://pki.test/" + name_text(name); }

  private:
    static std::string name_text(int name) { return std::string("CA ") + static_cast<char>('A' + name); }
    const Identity& identity(const Entity& e) const {
        return entities_[static_cast<std::size_t>(e.name * keys_per_name + e.key)];
    }

    CertificatePtr make(const Plan& plan) {
        CertificateSpec spec;
        spec.common_name = name_text(plan.subject.name);
        spec.ca = plan.defect != Defect::not_a_ca;
        spec.san_is_common_name = false;
        spec.key_usage = "critical,keyCertSign,cRLSign";
        spec.extended_key_usage = "none";
        spec.ca_issuers = {url(plan.issuer.name)};
        switch (plan.defect) {
            case Defect::none:
            case Defect::not_a_ca:
            case Defect::forged:
                break;
            case Defect::expired:
                spec.not_after = noon() - std::chrono::seconds{1};
                break;
            case Defect::future:
                spec.not_before = noon() + std::chrono::seconds{1};
                break;
            case Defect::no_constraints:
                spec.basic_constraints = false;
                break;
            case Defect::no_cert_sign:
                spec.key_usage = "critical,cRLSign";
                break;
            case Defect::client_only:
                spec.extended_key_usage = "clientAuth";
                break;
            case Defect::excludes_leaf:
                spec.name_constraints = "critical,excluded;DNS:leaf.test";
                break;
            case Defect::unknown_critical:
                spec.extensions = {{"1.2.3.4", "critical,DER:0500"}};
                break;
            case Defect::sha1:
                spec.digest = "SHA1";
                break;
            case Defect::path_length_0:
                spec.path_length = 0;
                break;
        }
        const auto made = identity(plan.issuer).issue(spec, identity(plan.subject).key()).certificate();
        return plan.defect == Defect::forged ? with_broken_signature(*made) : made;
    }

    std::vector<Identity> entities_;
    PrivateKeyPtr leaf_key_;
    std::map<Plan, CertificatePtr> cas_;
    std::map<Entity, CertificatePtr> leaves_;
};

/// How the builder may come by a certificate.
enum class Supply { sent, untrusted, stored, served };

struct Graph {
    Entity leaf_issuer;
    std::vector<std::pair<Plan, Supply>> issuers;
    std::vector<Plan> anchors;

    std::string text() const {
        std::string text = "leaf issued by " + Plan{leaf_issuer, leaf_issuer}.text() + "\n";
        for (const auto& [plan, supply] : issuers)
            text += "  " + plan.text() + " supply " + std::to_string(static_cast<int>(supply)) + "\n";
        for (const Plan& anchor : anchors)
            text += "  anchor " + anchor.text() + "\n";
        return text;
    }
};

Graph random_graph(std::mt19937_64& random) {
    const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    const auto entity = [&] { return Entity{below(names), below(keys_per_name)}; };
    const int defect_share = below(4);  // of 4: some graphs are clean, some mostly spoiled
    const auto defect = [&] {
        return below(4) < defect_share ? static_cast<Defect>(below(defects)) : Defect::none;
    };
    const bool with_network = below(3) == 0;
    Graph graph;
    graph.leaf_issuer = entity();
    const int size = 1 + below(9);
    for (int i = 0; i < size; ++i) {
        graph.issuers.push_back(
            {{entity(), entity(), defect()}, static_cast<Supply>(below(with_network ? 4 : 3))});
    }
    for (int i = 1 + below(2); i > 0; --i) {
        const Entity root = entity();
        graph.anchors.push_back(
            {root, below(4) == 0 ? entity() : root, below(3) == 0 ? defect() : Defect::none});
    }
    return graph;
}

/// Exhaustive: every sequence of certificates, each (name, key) once.
class Oracle {
  public:
    explicit Oracle(const Graph& graph) : graph_(graph) { exists_ = extend(graph.leaf_issuer, 0); }
    bool path_exists() const { return exists_; }

  private:
    bool extend(const Entity& wanted, int counted_below) {
        for (const Plan& anchor : graph_.anchors) {
            if (anchor.subject == wanted && is_good(anchor, true, counted_below)) return true;
        }
        if (!used_.insert(wanted).second) return false;
        for (const auto& [plan, supply] : graph_.issuers) {
            if (try_issuer(plan, wanted, counted_below)) return true;
        }
        // An anchor may also be an intermediate on the way to another.
        for (const Plan& plan : graph_.anchors) {
            if (try_issuer(plan, wanted, counted_below)) return true;
        }
        used_.erase(wanted);
        return false;
    }

    bool try_issuer(const Plan& plan, const Entity& wanted, int counted_below) {
        if (plan.subject != wanted || used_.count(plan.issuer) != 0 || !is_good(plan, false, counted_below))
            return false;
        return extend(plan.issuer, counted_below + (plan.is_self_issued() ? 0 : 1));
    }

    static bool is_good(const Plan& plan, bool as_anchor, int counted_below) {
        switch (plan.defect) {
            case Defect::none:
                return true;
            case Defect::sha1:
            case Defect::forged:
                return as_anchor;  // nobody looks at the signature of an anchor
            case Defect::path_length_0:
                return counted_below == 0;
            default:
                return false;
        }
    }

    const Graph& graph_;
    std::set<Entity> used_;
    bool exists_ = false;
};

class Trial {
  public:
    Trial(Material& material, const Graph& graph, SignatureMemo& memo) : memo_(memo) {
        presented_.certificates.push_back(material.leaf(graph.leaf_issuer));
        for (const auto& [plan, supply] : graph.issuers) {
            const auto certificate = material.ca(plan);
            switch (supply) {
                case Supply::sent:
                    presented_.certificates.push_back(certificate);
                    break;
                case Supply::untrusted:
                    untrusted_.push_back(certificate);
                    break;
                case Supply::stored:
                    stored_ |= store_.add({certificate, Source::store, "", noon()});
                    break;
                case Supply::served:
                    served_[Material::url(plan.subject.name)].push_back(certificate);
                    break;
            }
        }
        std::vector<Anchor> anchors;
        for (const Plan& plan : graph.anchors)
            anchors.push_back({material.ca(plan), ""});
        trust_ = std::make_shared<const TrustStore>(std::move(anchors));
    }

    Verdict run() {
        VerifyRequest request;
        request.identity = *ReferenceIdentity::dns("leaf.test");
        request.at = noon();
        PathBuilder builder(trust_, &store_, presented_, untrusted_, request, &memo_);
        auto step = builder.next();
        while (const auto* need = std::get_if<NeedIssuer>(&step)) {
            IssuerAnswer answer;
            for (const auto& url : need->urls)
                for (const auto& certificate : served_[url])
                    answer.issuers.push_back({certificate, url});
            builder.answer(std::move(answer));
            step = builder.next();
        }
        return std::get<Verdict>(std::move(step));
    }

  private:
    SignatureMemo& memo_;
    PresentedChain presented_;
    std::vector<CertificatePtr> untrusted_;
    IssuerStore store_;
    bool stored_ = false;
    std::map<std::string, std::vector<CertificatePtr>> served_;
    std::shared_ptr<const TrustStore> trust_;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void expect_explained(const Verdict& verdict) {
    if (verdict.accepted()) {
        EXPECT_TRUE(verdict.how.has_value());
        EXPECT_EQ(verdict.failure.reason, Reason::ok);
        EXPECT_EQ(verdict.path.back().source, Source::trust);
    } else {
        EXPECT_NE(verdict.failure.reason, Reason::ok);
        EXPECT_NE(verdict.failure.reason, Reason::build_limit);
        EXPECT_FALSE(verdict.failure.detail.empty());
        EXPECT_FALSE(verdict.attempts.empty());
        EXPECT_LT(verdict.failure.depth, static_cast<int>(verdict.path.size()));
    }
}

/// In parts, so that each stays far from a test's time limit on a busy machine: 10,000 graphs a run in all.
class PathBuilderProperty : public testing::TestWithParam<std::uint64_t> {};

TEST_P(PathBuilderProperty, FindsAPathExactlyWhenThereIsOne) {
    const std::uint64_t seed = number_from("CHAINMEND_SEED", std::random_device{}());
    const std::uint64_t graphs = number_from("CHAINMEND_GRAPHS", 10'000) / parts;
    std::cout << "CHAINMEND_SEED=" << seed << " part " << GetParam() << std::endl;
    std::mt19937_64 random(seed + GetParam());
    Material material;
    SignatureMemo memo;
    std::uint64_t accepted = 0;
    for (std::uint64_t i = 0; i < graphs && !testing::Test::HasFailure(); ++i) {
        const Graph graph = random_graph(random);
        const Verdict verdict = Trial(material, graph, memo).run();
        EXPECT_EQ(verdict.accepted(), Oracle(graph).path_exists())
            << "graph " << i << " of part " << GetParam() << " of seed " << seed << ", "
            << to_string(verdict.failure.reason) << ": " << verdict.failure.detail << "\n"
            << graph.text();
        expect_explained(verdict);
        if (verdict.accepted()) ++accepted;
    }
    // Both outcomes are common, or the graphs prove nothing.
    EXPECT_GT(accepted, graphs / 10);
    EXPECT_LT(accepted, graphs * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Parts, PathBuilderProperty, testing::Range<std::uint64_t>(0, parts));

}  // namespace
}  // namespace chainmend::test
