#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/crl.h"
#include "certs/ocsp_judgement.h"
#include "certs/path_findings.h"
#include "certs/revocation.h"
#include "certs/verdict.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

struct RevocationAnswer;   // certs/evidence.h
struct RevocationInquiry;  // certs/evidence.h

struct RevocationOptions {
    RevocationMode mode = RevocationMode::stapled;
    Profile profile = Profile::default_;
    Bytes staple = {};  ///< DER OCSPResponse for the end entity; empty: none
    /// Lists at hand (files), for soft and hard. They are judged for every certificate; in mode stapled only
    /// for what mode hard would say.
    std::vector<GivenCrl> crls = {};
    // What follows is for chains that come from files. It is no part of a record.
    /// Where the issuer of a list may be found when it is not on the path, beside the presented chain.
    std::vector<CertificatePtr> crl_issuers = {};
    /// False: there was no handshake, and nobody knows whether the server has the staple that its certificate
    /// promises.
    bool staple_was_asked_for = true;
    /// In mode hard it is enough to know of the end entity: there is nothing but a response about it.
    bool end_entity_only = false;
};

/// Something that may tell the status of the certificate that was asked about.
struct RevocationEvidence {
    RevocationSource source = RevocationSource::ocsp;
    std::string origin;  ///< URL or file
    Bytes ocsp = {};     ///< for ocsp
    Bytes nonce = {};    ///< that it must repeat; empty: none was sent, or that was seen to already
    std::vector<CrlPtr> crls = {};  ///< for crl: a list, and deltas to it
};

/// About which certificate more has to be known.
struct RevocationQuestion {
    int depth = 0;
    CertificatePtr certificate;
    CertificatePtr issuer;
    std::vector<std::string> ocsp_urls;
    std::vector<std::string> crl_urls;
};

/// Judges the revocation of everything on an accepted path below its anchor, and turns that into the final
/// verdict. A pure machine: no I/O, no clock. Whoever runs it offers evidence until it is told enough, or
/// gives up:
///
///     RevocationCheck check(verdict, options);
///     while (auto question = check.next()) {
///         for (evidence : whatever can be had about *question)
///             if (check.consider(question->depth, evidence)) break;
///         if (!known) check.give_up(question->depth, "no responder answered");
///     }
///     Verdict final = std::move(check).verdict();
///
/// or hands out all questions first, and offers what comes in the order in which it comes: what is made of
/// one certificate does not depend on another.
class RevocationCheck {
  public:
    /// `verdict` has a path to its end, and is accepted but for revocation, which is judged at its time.
    RevocationCheck(Verdict verdict, RevocationOptions options);
    ~RevocationCheck();
    RevocationCheck(const RevocationCheck&) = delete;
    RevocationCheck& operator=(const RevocationCheck&) = delete;

    /// The next certificate that nothing at hand tells about, each once; nothing when there is no other, the
    /// mode does not ask, or is_over().
    std::optional<RevocationQuestion> next();
    /// Judges evidence about a certificate that next() has handed out; true: it is known. What it was not
    /// good for is kept as the detail.
    bool consider(int depth, const RevocationEvidence& evidence);
    /// There is no more evidence about it. `why` is told when nothing else was.
    void give_up(int depth, const std::string& why);
    /// One is revoked: nothing about the others could change the verdict.
    bool is_over() const;
    /// Fetches that were made go into the verdict.
    void add_fetch(Fetch fetch);

    /// An accepted verdict may have become a refused one: revoked, staple_required or revocation_unknown,
    /// unless an exception that fits forgives that. Its account says what was known and what mode hard would
    /// make of it. What it was made from is added to its evidence.
    Verdict verdict() &&;

  private:
    bool asks() const { return options_.mode >= RevocationMode::soft; }
    void judge_what_is_at_hand();
    RevocationFinding judge(int depth, const RevocationEvidence& evidence) const;
    bool has_issuer(int depth) const { return static_cast<std::size_t>(depth) + 1 < path_.size(); }
    RevocationFinding& finding(int depth) {
        return verdict_.revocation.findings[static_cast<std::size_t>(depth)];
    }
    RevocationAnswer* answer(int depth);
    VerifyRequest with_lists(std::vector<GivenCrl> crls) const;
    /// Whether the chain came in a handshake, or a staple with it.
    bool may_demand_staple() const { return options_.staple_was_asked_for || !options_.staple.empty(); }
    Reason reason_in_hard_mode() const;
    void add_evidence();
    void warn();
    void refuse(Failure failure);
    std::optional<Time> recheck_time() const;

    Verdict verdict_;
    const RevocationOptions options_;
    CertificatePath path_;
    std::unique_ptr<RevocationInquiry> inquiry_;  // what verdict() adds to the evidence
    std::vector<RevocationFinding> listed_;       // mode stapled: what the lists say, for mode hard
    int next_ = 0;                                // the depth that next() looks at
};

}  // namespace chainmend::certs
