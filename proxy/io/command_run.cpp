#include "proxy/io/command_run.h"

#include <csignal>

#include "proxy/io/timer.h"
#include "proxy/io/uv_check.h"

namespace chainmend::proxy {
namespace {

constexpr std::chrono::seconds patience_after_term{2};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> found;
    for (auto& text : texts)
        found.push_back(text.data());
    found.push_back(nullptr);
    return found;
}

/// libuv's handles: they live until both are closed, whatever became of the operation.
struct Child {
    uv_process_t process{};
    uv_pipe_t input{};
    uv_write_t write{};
    std::string text;
    std::function<void(std::int64_t status, int signal)> ended;  // empty: nobody listens any more
    int open_handles = 2;
    bool input_is_closing = false;

    static Child* of(uv_handle_t* handle) { return static_cast<Child*>(handle->data); }

    static void closed(uv_handle_t* handle) {
        Child* child = of(handle);
        if (--child->open_handles == 0) delete child;
    }
    void close_input() {
        if (std::exchange(input_is_closing, true)) return;
        uv_close(reinterpret_cast<uv_handle_t*>(&input), &Child::closed);
    }
    void close() {
        ended = {};
        close_input();
        uv_close(reinterpret_cast<uv_handle_t*>(&process), &Child::closed);
    }
};

class Command final : public Operation {
  public:
    Command(EventLoop& loop, CommandRun run, std::function<void(CommandEnd)> completion)
        : loop_(loop), run_(std::move(run)), completion_(std::move(completion)), child_(new Child) {}

    ~Command() override {
        if (is_running_) signal_all(SIGKILL);
        child_->close();
    }

    void begin() {
        uv_check(uv_pipe_init(loop_.uv(), &child_->input, 0), "uv_pipe_init");
        child_->input.data = child_;
        child_->text = std::move(run_.input);
        child_->ended = [this](std::int64_t status, int signal) { ended(status, signal); };
        const int started = spawn();
        child_->process.data = child_;
        if (started != 0) {
            // Not from here: this is the start call.
            timer_ = start_timer(loop_, std::chrono::milliseconds{0}, [this, started] {
                complete("it can not be started: " + std::string(uv_strerror(started)));
            });
            return;
        }
        is_running_ = true;
        write_input();
        timer_ = start_timer(loop_, run_.timeout, [this] { timed_out(); });
    }

  private:
    int spawn() {
        auto arguments = pointers(run_.arguments);
        auto variables = pointers(run_.variables);
        uv_stdio_container_t streams[3]{};
        streams[0].flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_READABLE_PIPE);
        streams[0].data.stream = reinterpret_cast<uv_stream_t*>(&child_->input);
        streams[1].flags = UV_IGNORE;
        streams[2].flags = UV_IGNORE;
        uv_process_options_t options{};
        options.file = arguments[0];
        options.args = arguments.data();
        options.env = variables.data();
        options.flags = UV_PROCESS_DETACHED;
        options.stdio = streams;
        options.stdio_count = 3;
        options.exit_cb = [](uv_process_t* process, std::int64_t status, int signal) {
            Child* child = Child::of(reinterpret_cast<uv_handle_t*>(process));
            if (const auto ended = child->ended) ended(status, signal);
        };
        return uv_spawn(loop_.uv(), &child_->process, &options);
    }

    void write_input() {
        const auto buffer = uv_buf_init(child_->text.data(), static_cast<unsigned>(child_->text.size()));
        child_->write.data = child_;
        const auto written = [](uv_write_t* write, int) { static_cast<Child*>(write->data)->close_input(); };
        const int begun =
            uv_write(&child_->write, reinterpret_cast<uv_stream_t*>(&child_->input), &buffer, 1, written);
        if (begun != 0) child_->close_input();  // it has ended already
    }

    /// The session that it leads.
    void signal_all(int signal) { uv_kill(-child_->process.pid, signal); }

    void timed_out() {
        const bool is_first = !std::exchange(timed_out_, true);
        signal_all(is_first ? SIGTERM : SIGKILL);
        if (is_first) timer_ = start_timer(loop_, patience_after_term, [this] { timed_out(); });
    }

    void ended(std::int64_t status, int signal) {
        is_running_ = false;
        if (timed_out_)
            return complete("it did not end within " + std::to_string(run_.timeout.count()) + " ms");
        if (signal != 0) return complete("it was ended by signal " + std::to_string(signal));
        if (status != 0) return complete("it ended with status " + std::to_string(status));
        complete("");
    }

    void complete(std::string trouble) {
        timer_.reset();
        const auto completion = std::move(completion_);
        completion({std::move(trouble)});
    }

    EventLoop& loop_;
    CommandRun run_;
    std::function<void(CommandEnd)> completion_;
    Child* const child_;
    bool is_running_ = false;
    bool timed_out_ = false;
    OperationPtr timer_;
};

}  // namespace

OperationPtr start_command(EventLoop& loop, CommandRun run, std::function<void(CommandEnd)> completion) {
    auto command = std::make_unique<Command>(loop, std::move(run), std::move(completion));
    command->begin();
    return command;
}

}  // namespace chainmend::proxy
