#pragma once

#include <memory>

namespace chainmend::proxy {

/// Something that was started on a loop and will complete there. The rules that hold for every start function
/// of this program:
///
///   * the completion never runs inside the call that started it, and at most once;
///   * destroying the operation before that guarantees that the completion never runs;
///   * the completion is the last thing an operation does, so it may destroy the operation (and its owner);
///   * start, destruction and completion all happen on the loop's own thread.
class Operation {
  public:
    virtual ~Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

  protected:
    Operation() = default;
};

using OperationPtr = std::unique_ptr<Operation>;

}  // namespace chainmend::proxy
