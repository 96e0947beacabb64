#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace chainmend {

/// What kind of thing went wrong, in terms of what the caller can do about it. The command line's exit codes
/// are made from these in one place (proxy/cli).
enum class ErrorCode {
    invalid_argument,  ///< the caller's own words are wrong
    configuration,     ///< a setting or an input file is wrong
    malformed,         ///< bytes from outside do not parse
    not_found,
    already_exists,
    permission,
    environment,  ///< the operating system says no: port taken, disk full, out of descriptors
    signing_ca,   ///< the signing CA or its key is unusable
    network,      ///< a peer could not be reached or broke off
    timed_out,
    limit_exceeded,  ///< one of our own bounds was reached
    blocked,         ///< policy forbids it
    cancelled,
};

/// An error is a value: what went wrong in one line, to which every caller on the way out may add where.
struct Error {
    ErrorCode code;
    std::string message;

    /// "context: message". Returns a copy so that it can be used in a return statement.
    Error in(std::string_view context) const { return {code, std::string(context) + ": " + message}; }
};

/// The value or the error: the small part of C++23's std::expected that this project needs and g++ 12 lacks
/// in C++20. Reading the wrong side is a programming error and asserts.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(implicit)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(implicit)

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & {
        assert(ok());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        assert(ok());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        assert(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const {
        assert(!ok());
        return *std::get_if<1>(&state_);
    }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT(implicit)

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const {
        assert(!ok());
        return *error_;
    }

  private:
    std::optional<Error> error_;
};

}  // namespace chainmend
