#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/bytes.h"
#include "config/result.h"

namespace chainmend::proxy {

/// Reads single files out of a ZIP archive in memory (APPNOTE 6.3: stored and deflated entries, no
/// encryption, no ZIP64). It goes by the central directory wherever that is, because Firefox's omni.ja has it
/// in front of the files, which general libraries do not expect. Borrowed bytes must outlive it.
class ZipArchive {
  public:
    /// ErrorCode::malformed when it is no ZIP archive or its directory is damaged.
    static Result<ZipArchive> open(ByteView bytes);
    /// Whether these bytes look like a ZIP archive at all.
    static bool is_zip(ByteView bytes);

    struct Entry {
        std::string name;
        std::uint16_t method = 0;
        std::uint32_t compressed_size = 0;
        std::uint32_t size = 0;
        std::uint32_t header_offset = 0;
    };
    const std::vector<Entry>& entries() const { return entries_; }

    /// The content of one entry, at most `max_bytes`, whatever the archive says of its size.
    Result<Bytes> read(const Entry& entry, std::size_t max_bytes) const;

  private:
    explicit ZipArchive(ByteView bytes) : bytes_(bytes) {}

    ByteView bytes_;
    std::vector<Entry> entries_;
};

}  // namespace chainmend::proxy
