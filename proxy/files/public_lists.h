#pragma once

#include <filesystem>
#include <set>

#include "certs/distrust.h"
#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::proxy {

/// Mozilla's lists as the last import left them, in the directory "lists" inside the issuer store:
/// "revoked.txt" (OneCRL) and "disclosed.txt", one entry a line in hexadecimal, the number of entries in the
/// last line.
struct PublicLists {
    certs::DistrustList revoked;
    std::set<Sha256> disclosed;
};

/// What is there; a list that was never imported is empty. A damaged list is an error, never a shorter list:
/// what it lost might be revoked. The message says to import it again.
Result<PublicLists> load_public_lists(const std::filesystem::path& issuer_store);

/// Replaces the lists that are not empty in `lists` and leaves the others. Each file is written atomically.
/// Blocks.
Result<void> save_public_lists(const std::filesystem::path& issuer_store, const PublicLists& lists);

/// The name within the issuer store that is not an issuer's.
inline constexpr char public_lists_directory[] = "lists";

}  // namespace chainmend::proxy
