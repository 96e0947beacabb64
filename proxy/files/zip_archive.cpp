#include "proxy/files/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

namespace chainmend::proxy {
namespace {

constexpr std::uint32_t local_header_signature = 0x04034b50;
constexpr std::uint32_t directory_entry_signature = 0x02014b50;
constexpr std::uint32_t directory_end_signature = 0x06054b50;
constexpr std::size_t local_header_size = 30;
constexpr std::size_t directory_entry_size = 46;
constexpr std::size_t directory_end_size = 22;
/// The comment behind the end of the directory has a length of 16 bits.
constexpr std::size_t max_comment = 0xffff;

constexpr std::uint16_t stored = 0;
constexpr std::uint16_t deflated = 8;

std::uint32_t number(ByteView bytes, std::size_t at, int octets) {
    std::uint32_t value = 0;
    for (int i = octets; i-- > 0;)
        value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
    return value;
}

bool has(ByteView bytes, std::size_t at, std::size_t size) {
    return at <= bytes.size() && bytes.size() - at >= size;
}

std::optional<std::size_t> find_directory_end(ByteView bytes) {
    if (bytes.size() < directory_end_size) return std::nullopt;
    const std::size_t last = bytes.size() - directory_end_size;
    const std::size_t first = last > max_comment ? last - max_comment : 0;
    for (std::size_t at = last + 1; at-- > first;) {
        if (number(bytes, at, 4) == directory_end_signature) return at;
    }
    return std::nullopt;
}

Error damaged(const std::string& what) {
    return {ErrorCode::malformed, "the ZIP archive is damaged: " + what};
}

Result<Bytes> inflate_raw(ByteView compressed, std::size_t size) {
    Bytes content(size);
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Error{ErrorCode::environment, "zlib can not start"};
    // zlib's interface is not const-correct; it only reads its input.
    stream.next_in = const_cast<Bytef*>(compressed.data());
    stream.avail_in = static_cast<uInt>(compressed.size());
    stream.next_out = content.data();
    stream.avail_out = static_cast<uInt>(content.size());
    const int outcome = inflate(&stream, Z_FINISH);
    const bool whole = outcome == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole) return damaged("an entry does not decompress to its size");
    return content;
}

}  // namespace

bool ZipArchive::is_zip(ByteView bytes) {
    // omni.ja begins with four octets of its own and then the directory.
    return bytes.size() >= directory_end_size && (number(bytes, 0, 4) == local_header_signature ||
                                                  number(bytes, 4, 4) == directory_entry_signature);
}

Result<ZipArchive> ZipArchive::open(ByteView bytes) {
    const auto end = find_directory_end(bytes);
    if (!end) return damaged("it has no directory");
    const std::uint32_t count = number(bytes, *end + 10, 2);
    std::size_t at = number(bytes, *end + 16, 4);
    ZipArchive archive(bytes);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!has(bytes, at, directory_entry_size) || number(bytes, at, 4) != directory_entry_signature) {
            return damaged("its directory breaks off");
        }
        const std::size_t name_size = number(bytes, at + 28, 2);
        const std::size_t rest = number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
        if (!has(bytes, at + directory_entry_size, name_size + rest))
            return damaged("its directory breaks off");
        archive.entries_.push_back({std::string(as_text(bytes.subspan(at + directory_entry_size, name_size))),
                                    static_cast<std::uint16_t>(number(bytes, at + 10, 2)),
                                    number(bytes, at + 20, 4), number(bytes, at + 24, 4),
                                    number(bytes, at + 42, 4)});
        at += directory_entry_size + name_size + rest;
    }
    return archive;
}

Result<Bytes> ZipArchive::read(const Entry& entry, std::size_t max_bytes) const {
    const std::size_t at = entry.header_offset;
    if (!has(bytes_, at, local_header_size) || number(bytes_, at, 4) != local_header_signature) {
        return damaged(entry.name + " is not where the directory says");
    }
    const std::size_t begin =
        at + local_header_size + number(bytes_, at + 26, 2) + number(bytes_, at + 28, 2);
    if (!has(bytes_, begin, entry.compressed_size)) return damaged(entry.name + " breaks off");
    if (entry.size > max_bytes) {
        return Error{ErrorCode::limit_exceeded,
                     entry.name + " is too large: " + std::to_string(entry.size) + " bytes"};
    }
    const ByteView content = bytes_.subspan(begin, entry.compressed_size);
    if (entry.method == stored && entry.compressed_size == entry.size)
        return Bytes(content.begin(), content.end());
    if (entry.method == deflated) return inflate_raw(content, entry.size);
    return damaged(entry.name + " is compressed in a way that is not known here");
}

}  // namespace chainmend::proxy
