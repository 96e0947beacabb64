#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/crl.h"
#include "certs/ocsp_judgement.h"
#include "certs/revocation.h"
#include "certs/verdict.h"
#include "certs/verify_request.h"

namespace chainmend::certs {

struct RevocationInquiry;  // certs/evidence.h

struct RevocationOptions {
    RevocationMode mode = RevocationMode::stapled;
    Profile profile = Profile::default_;
    Bytes staple = {};  ///< DER OCSPResponse for the end entity; empty: none
    /// Lists at hand (files), for soft and hard. They are judged for every certificate.
    std::vector<CrlPtr> crls = {};
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
///         for (evidence : whatever can be had about *question) if (check.consider(evidence)) break;
///         if (!known) check.give_up("no responder answered");
///     }
///     Verdict final = std::move(check).verdict();
class RevocationCheck {
  public:
    /// `verdict` is accepted and has a path.
    RevocationCheck(Verdict verdict, RevocationOptions options);
    ~RevocationCheck();
    RevocationCheck(const RevocationCheck&) = delete;
    RevocationCheck& operator=(const RevocationCheck&) = delete;

    /// The next certificate that nothing at hand tells about; nothing when all is known, the mode does not
    /// ask, or one is revoked already. Ended by consider() returning true or give_up().
    std::optional<RevocationQuestion> next();
    /// Judges evidence about the certificate asked about last; true: now it is known. What it was not good
    /// for is kept as the detail.
    bool consider(const RevocationEvidence& evidence);
    /// There is no more evidence. `why` is told when nothing else was.
    void give_up(const std::string& why);
    /// Fetches that were made go into the verdict.
    void add_fetch(Fetch fetch);

    /// An accepted verdict may have become a refused one: revoked, staple_required or revocation_unknown,
    /// unless an exception that fits forgives that. Its account says what was known and what mode hard would
    /// make of it. What it was made from is added to its evidence.
    Verdict verdict() &&;

  private:
    bool asks() const { return options_.mode >= RevocationMode::soft; }
    void judge_what_is_at_hand();
    void judge_staple();
    RevocationFinding judge_lists(int depth, const std::vector<CrlPtr>& crls) const;
    OcspQuestion ocsp_question(int depth, const Bytes& nonce) const;
    const CertificatePtr& at(int depth) const;
    bool has_issuer(int depth) const;
    RevocationFinding& finding(int depth) {
        return verdict_.revocation.findings[static_cast<std::size_t>(depth)];
    }
    void take(RevocationFinding finding);
    void add_evidence();
    Failure failure_in(RevocationMode mode) const;
    void warn();
    void refuse(Failure failure);
    std::optional<Time> recheck_time() const;

    Verdict verdict_;
    const RevocationOptions options_;
    std::unique_ptr<RevocationInquiry> inquiry_;  // what verdict() adds to the evidence
    std::vector<bool> settled_;
    int asked_ = -1;
    bool has_staple_ = false;
};

}  // namespace chainmend::certs
