#include "certs/name_constraints.h"

#include <algorithm>

#include "certs/general_name.h"

namespace chainmend::certs {
namespace {

/// What one CA permits and excludes.
struct Subtrees {
    int depth = 0;
    std::vector<GeneralName> permitted;
    std::vector<GeneralName> excluded;
};

const char* kind(int type) {
    switch (type) {
        case GEN_DNS:
            return "DNS name";
        case GEN_IPADD:
            return "IP address";
        case GEN_EMAIL:
            return "e-mail address";
        case GEN_URI:
            return "URI";
        case GEN_DIRNAME:
            return "directory name";
        default:
            return "name of another kind";
    }
}

/// False, and refused, when a subtree is malformed: its bounds are not 0 and none, or its base is not what
/// RFC 5280 section 4.2.1.10 prescribes for its type.
bool read_subtrees(const STACK_OF(GENERAL_SUBTREE) * encoded, int depth, std::vector<GeneralName>& out,
                   PathFindings& findings) {
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(encoded); ++i) {
        const GENERAL_SUBTREE* subtree = sk_GENERAL_SUBTREE_value(encoded, i);
        const bool bounded = (subtree->minimum != nullptr && ASN1_INTEGER_get(subtree->minimum) != 0) ||
                             subtree->maximum != nullptr;
        out.push_back(from_constraint(subtree->base));
        if (!bounded && out.back().well_formed) continue;
        findings.refuse(
            Reason::name_constraint, depth,
            findings.name(depth) + " has a malformed name constraint (" + kind(subtree->base->type) + ")");
        return false;
    }
    return true;
}

/// RFC 5280 section 4.2.1.10: the extension is critical, and not empty.
bool read_constraints(const Certificate& issuer, int depth, std::vector<Subtrees>& out,
                      PathFindings& findings) {
    if (!has_extension(issuer, NID_name_constraints)) return true;
    const auto encoded = extension<OwnedNameConstraints>(issuer, NID_name_constraints);
    if (!encoded) {
        findings.refuse(Reason::name_constraint, depth,
                        findings.name(depth) + " has malformed name constraints");
        return false;
    }
    if (!is_critical(issuer, NID_name_constraints)) {
        findings.refuse_from(Profile::rfc5280, Reason::name_constraint, depth,
                             findings.name(depth) + " has name constraints that are not critical");
    }
    if (sk_GENERAL_SUBTREE_num(encoded->permittedSubtrees) <= 0 &&
        sk_GENERAL_SUBTREE_num(encoded->excludedSubtrees) <= 0) {
        findings.refuse(Reason::name_constraint, depth, findings.name(depth) + " has empty name constraints");
        return false;
    }
    Subtrees subtrees;
    subtrees.depth = depth;
    const bool good = read_subtrees(encoded->permittedSubtrees, depth, subtrees.permitted, findings) &&
                      read_subtrees(encoded->excludedSubtrees, depth, subtrees.excluded, findings);
    out.push_back(std::move(subtrees));
    return good;
}

/// Every name of a certificate that constraints apply to: its subjectAltNames, its subject, and for want of
/// an rfc822Name the e-mail addresses in the subject.
std::vector<GeneralName> names_of(const Certificate& certificate) {
    std::vector<GeneralName> names;
    bool has_email = false;
    const auto encoded = extension<OwnedNames>(certificate, NID_subject_alt_name);
    for (int i = 0; i < sk_GENERAL_NAME_num(encoded.get()); ++i) {
        names.push_back(from_name(sk_GENERAL_NAME_value(encoded.get(), i)));
        has_email = has_email || names.back().type == GEN_EMAIL;
    }
    const X509_NAME* subject = X509_get_subject_name(certificate.x509());
    if (!is_empty(subject)) {
        GeneralName name;
        name.type = GEN_DIRNAME;
        name.directory = canonical_name(subject);
        names.push_back(std::move(name));
    }
    for (int i = -1;
         !has_email && (i = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, i)) >= 0;) {
        GENERAL_NAME email;
        email.type = GEN_EMAIL;
        email.d.rfc822Name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i));
        names.push_back(from_name(&email));
    }
    return names;
}

/// Compares names with constraints until the budget of the path is spent.
class Comparison {
  public:
    explicit Comparison(PathFindings& findings) : findings_(findings) {}

    /// False when the budget is spent.
    bool judge(const std::vector<GeneralName>& names, int depth, const Subtrees& subtrees) {
        for (const auto& name : names) {
            spent_ += static_cast<std::int64_t>(subtrees.permitted.size() + subtrees.excluded.size());
            if (spent_ > max_name_comparisons) {
                findings_.refuse(Reason::name_constraint, depth,
                                 "the names of this path would take more than " +
                                     std::to_string(max_name_comparisons) +
                                     " comparisons with name constraints");
                return false;
            }
            judge(name, depth, subtrees);
        }
        return true;
    }

  private:
    static bool same_type(const GeneralName& a, const GeneralName& b) { return a.type == b.type; }

    void judge(const GeneralName& name, int depth, const Subtrees& subtrees) {
        const auto of_this_kind = [&](const GeneralName& base) { return same_type(name, base); };
        const bool limited = std::ranges::any_of(subtrees.permitted, of_this_kind);
        if (!limited && std::ranges::none_of(subtrees.excluded, of_this_kind)) return;
        if (!is_comparable(name.type) || !name.well_formed) {
            refuse(name, depth, subtrees,
                   is_comparable(name.type) ? "is malformed and constrained by"
                                            : "can not be compared with what is constrained by");
            return;
        }
        const bool excluded = std::ranges::any_of(subtrees.excluded, [&](const GeneralName& base) {
            return same_type(name, base) && touches(name, base);
        });
        const bool permitted =
            !limited || std::ranges::any_of(subtrees.permitted, [&](const GeneralName& base) {
                return same_type(name, base) && is_within(name, base);
            });
        if (excluded)
            refuse(name, depth, subtrees, "is excluded by");
        else if (!permitted)
            refuse(name, depth, subtrees, "is not permitted by");
    }

    void refuse(const GeneralName& name, int depth, const Subtrees& subtrees, const char* why) {
        findings_.refuse(Reason::name_constraint, depth,
                         "a " + std::string(kind(name.type)) + " of " + findings_.name(depth) + " " + why +
                             " " + findings_.name(subtrees.depth));
    }

    PathFindings& findings_;
    std::int64_t spent_ = 0;
};

}  // namespace

void judge_name_constraints(const CertificatePath& path, PathFindings& findings) {
    std::vector<Subtrees> constraints;
    for (std::size_t i = path.size(); i-- > 1;) {
        if (!read_constraints(*path[i], static_cast<int>(i), constraints, findings)) return;
    }
    if (constraints.empty()) return;
    Comparison comparison(findings);
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (i > 0 && path[i]->is_self_issued()) continue;
        const auto names = names_of(*path[i]);
        for (const auto& subtrees : constraints) {
            if (subtrees.depth <= static_cast<int>(i)) continue;
            if (!comparison.judge(names, static_cast<int>(i), subtrees)) return;
        }
    }
}

}  // namespace chainmend::certs
